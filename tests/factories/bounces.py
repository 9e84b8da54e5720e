"""Mails that come back, as the servers of this world write them."""

OURS = "5f0c1d9a-6a0e-4f1b-9d3e-0a1b2c3d4e5f"


def postfix(about=OURS, *, action="failed", status="5.1.1", said="", id="20261122100401.8F2A1C0@mx.terduinen.example"):
    said = (
        said
        or "550 5.1.1 <facturen@terduinen.example>: Recipient address rejected: User unknown in\r\n    virtual mailbox table"
    )
    return _mail(f"""\
Return-Path: <>
Date: Sun, 22 Nov 2026 11:04:01 +0100 (CET)
From: MAILER-DAEMON@mx.terduinen.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: no-reply@banqup.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="8F2A1C0.1795340641/mx.terduinen.example"
Message-Id: <{id}>

This is a MIME-encapsulated message.

--8F2A1C0.1795340641/mx.terduinen.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.terduinen.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

--8F2A1C0.1795340641/mx.terduinen.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.terduinen.example
X-Postfix-Queue-ID: 8F2A1C0
X-Postfix-Sender: rfc822; no-reply@banqup.example
Arrival-Date: Sun, 22 Nov 2026 11:04:00 +0100 (CET)

Final-Recipient: rfc822; facturen@terduinen.example
Original-Recipient: rfc822;facturen@terduinen.example
Action: {action}
Status: {status}
Remote-MTA: dns; mail.terduinen.example
Diagnostic-Code: smtp; {said}

--8F2A1C0.1795340641/mx.terduinen.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Bakkerij Janssens BV <no-reply@banqup.example>
To: facturen@terduinen.example
Subject: Invoice 2026-0001 from Bakkerij Janssens BV
Message-ID: <{about}@banqup.example>
Content-Type: multipart/mixed; boundary="inner"

--inner
Content-Type: text/plain

Dear customer
--inner--

--8F2A1C0.1795340641/mx.terduinen.example--
""")


def exchange(about=OURS):
    return _mail(f"""\
From: <postmaster@terduinen.example>
To: <no-reply@banqup.example>
Date: Sun, 22 Nov 2026 10:04:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_000_b34c"
Content-Language: nl-BE
Message-ID: <d7a1@AM0PR05MB.eurprd05.prod.outlook.com>
In-Reply-To: <{about}@banqup.example>
References: <{about}@banqup.example>
Subject: =?utf-8?B?T25iZXN0ZWxiYWFy?=
Auto-Submitted: auto-replied

--_000_b34c
Content-Type: multipart/alternative; boundary="_001_b34c"

--_001_b34c
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

VXcgYmVyaWNodCBpcyBuaWV0IGJlem9yZ2Qu
--_001_b34c--

--_000_b34c
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR05MB.eurprd05.prod.outlook.com
Received-From-MTA: dns;mail.banqup.example
Arrival-Date: Sun, 22 Nov 2026 10:04:03 +0000

Final-Recipient: rfc822;facturen@terduinen.example
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded
X-Display-Name: Hotel Ter Duinen

--_000_b34c
Content-Type: message/rfc822

From: Bakkerij Janssens BV <no-reply@banqup.example>
Message-ID: <{about}@banqup.example>
Subject: Invoice

Dear customer
--_000_b34c--
""")


def gmail(about=OURS):
    return _mail(f"""\
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: no-reply@banqup.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{about}@banqup.example>
In-Reply-To: <{about}@banqup.example>
X-Failed-Recipients: hotel.terduinen@gmail.com
Message-ID: <6561.1c0a.0b1@mx.google.com>
MIME-Version: 1.0
Content-Type: multipart/report; boundary="0000000000008a"; report-type=delivery-status

--0000000000008a
Content-Type: multipart/related; boundary="0000000000008b"

--0000000000008b
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--0000000000008b--
--0000000000008a
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Sun, 22 Nov 2026 02:04:05 -0800 (PST)
X-Original-Message-ID: <{about}@banqup.example>

Final-Recipient: rfc822; hotel.terduinen@gmail.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (2a00:1450:4025:c03::1a, the server for the domain gmail.com.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos. a1-20si1 - gsmtp
Last-Attempt-Date: Sun, 22 Nov 2026 02:04:06 -0800 (PST)

--0000000000008a
Content-Type: text/rfc822-headers

From: Bakkerij Janssens BV <no-reply@banqup.example>
Message-ID: <{about}@banqup.example>
Subject: Invoice

--0000000000008a--
""")


def exim(about=OURS):
    """Exim before 4.9x, and where the operator changed nothing since: no report, only words."""
    return _mail(f"""\
Return-path: <>
Date: Sun, 22 Nov 2026 11:04:07 +0100
Message-Id: <E1tEABC-0001aB-2c@relay.hosting.example>
X-Failed-Recipients: facturen@terduinen.exmaple
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.hosting.example>
To: no-reply@banqup.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  facturen@terduinen.exmaple
    host mx.terduinen.exmaple [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<facturen@terduinen.exmaple>:
    550 5.7.1 Relaying denied

------ This is a copy of the message, including all the headers. ------

From: Bakkerij Janssens BV <no-reply@banqup.example>
Message-ID: <{about}@banqup.example>
Subject: Invoice 2026-0001

Dear customer
""")


def international(about=OURS):
    """Postfix with SMTPUTF8; the head of our mail is not sent back, the envelope id is."""
    return _mail(f"""\
From: MAILER-DAEMON@mx.example
To: no-reply@banqup.example
Message-ID: <smtputf8@mx.example>
Content-Type: multipart/report; report-type=global-delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Sorry.

--b
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx.example
Original-Envelope-Id: {about}

Final-Recipient: utf-8; zoë@terduinen.example
Action: failed
Status: 5.4.4
Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error for name=terduinen.example

--b--
""")


def out_of_office(about=OURS):
    return _mail(f"""\
From: Hotel Ter Duinen <facturen@terduinen.example>
To: no-reply@banqup.example
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
In-Reply-To: <{about}@banqup.example>
References: <{about}@banqup.example>
Message-ID: <ooo@terduinen.example>
Subject: Automatic reply: Invoice 2026-0001
Content-Type: text/plain

We are closed until 550 January. Action: failed
""")


def read_receipt(about=OURS):
    return _mail(f"""\
From: Hotel Ter Duinen <facturen@terduinen.example>
To: no-reply@banqup.example
Message-ID: <mdn@terduinen.example>
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain

Your message was displayed.

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;facturen@terduinen.example
Original-Message-ID: <{about}@banqup.example>
Disposition: manual-action/MDN-sent-manually; displayed

--b--
""")


def _mail(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
