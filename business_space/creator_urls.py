"""Addresses of the Document Creator and of the items, below `/s/{space}/`; their names live in the `business` namespace."""

from django.urls import path

from .views import creator, creator_help, items

urlpatterns = [
    path("creator/", creator.creator, name="creator"),
    path("creator/new/", creator.new, name="creator_new"),
    path("creator/<int:pk>/", creator.edit, name="creator_edit"),
    path("creator/<int:pk>/keep/", creator.autosave, name="creator_autosave"),
    path("creator/<int:pk>/live/", creator.live, name="creator_live"),
    path("creator/<int:pk>/send/", creator.send, name="creator_send"),
    path("creator/<int:pk>/discard/", creator.discard, name="creator_discard"),
    path("creator/<int:pk>/paper/", creator.paper, name="creator_paper"),
    path("creator/<int:pk>/customers/", creator_help.customers, name="creator_customers"),
    path("creator/<int:pk>/customer/", creator_help.customer, name="creator_customer"),
    path("creator/<int:pk>/items/", creator_help.items, name="creator_items"),
    path("items/", items.items, name="items"),
    path("items/add/", items.add, name="item_add"),
    path("items/<int:pk>/", items.item, name="item"),
    path("items/<int:pk>/switch/", items.switch, name="item_switch"),
]
