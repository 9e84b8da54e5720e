"""What makes a PDF/A-3 with a CII invoice inside a Factur-X (ZUGFeRD): a name and a piece of metadata."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..model import Document

NAME = "factur-x.xml"
_LEVELS = (("extended", "EXTENDED"), (":basicwl", "BASIC WL"), (":basic", "BASIC"), (":minimum", "MINIMUM"))

# Factur-X 1.0, section 6.2. PDF/A wants every property that is not its own explained beside it.
_XMP = """  <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
   <fx:DocumentType>INVOICE</fx:DocumentType>
   <fx:DocumentFileName>{name}</fx:DocumentFileName>
   <fx:Version>1.0</fx:Version>
   <fx:ConformanceLevel>{level}</fx:ConformanceLevel>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
   <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>fx</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq>{properties}
    </rdf:Seq></pdfaSchema:property>
   </rdf:li></rdf:Bag></pdfaExtension:schemas>
  </rdf:Description>
"""
_PROPERTY = """
     <rdf:li rdf:parseType="Resource">
      <pdfaProperty:name>{name}</pdfaProperty:name>
      <pdfaProperty:valueType>Text</pdfaProperty:valueType>
      <pdfaProperty:category>external</pdfaProperty:category>
      <pdfaProperty:description>{about}</pdfaProperty:description>
     </rdf:li>"""
_PROPERTIES = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters",
    "Version": "The version of the standard applying to the embedded XML document",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}


def level(document: Document) -> str:
    """What Factur-X calls the profile that a CII invoice states (BT-24)."""
    stated = (document.customization_id or "").lower()
    return next((name for mark, name in _LEVELS if mark in stated), "EN 16931")


def metadata(document: Document) -> str:
    """The XMP that says so, to stand among the other metadata of the PDF."""
    properties = "".join(_PROPERTY.format(name=name, about=about) for name, about in _PROPERTIES.items())
    return _XMP.format(name=NAME, level=escape(level(document)), properties=properties)
