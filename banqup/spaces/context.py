"""What every page's frame shows: the space, the others one may switch to, the navigation."""


def shell(request):
    return {"shell": getattr(request, "shell", None)}
