"""What browsers are told of every response: who may embed it, what its page may use, and where to
report what its policy refused."""

from ..middleware import EVIDENCE, STAFF

# None of our pages asks for any of these.
OFF = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read"),
    *("clipboard-write", "display-capture", "encrypted-media", "fullscreen", "gamepad"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
    *("microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-create"),
    *("publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "sync-xhr"),
    *("usb", "window-management", "xr-spatial-tracking"),
)
PERMISSIONS = ", ".join(f"{feature}=()" for feature in OFF)
REPORTING = 'csp="/csp-reports"'
EMBEDS = "/embed/"


class BrowserPolicyMiddleware:
    """Sets the headers that tell browsers; stands before all other middleware.

    Other sites may use what is public and no page: pictures, feeds, files, the API, and the pages
    under /embed/.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Reporting-Endpoints", REPORTING)
        # One that says “not modified” leaves what was said of the page before.
        if response.status_code != 304:
            response["Cross-Origin-Resource-Policy"] = (
                "same-origin" if is_for_own_pages(request, response) else "cross-origin"
            )
        return response


def is_for_own_pages(request, response):
    """Whether a response is private, or a page that no other site may show."""
    path = request.path_info
    is_page = response.get("Content-Type", "").startswith("text/html")
    return path.startswith((STAFF, EVIDENCE)) or (is_page and not path.startswith(EMBEDS))
