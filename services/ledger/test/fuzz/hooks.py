"""What Schemathesis cannot know of the API from its description."""

import schemathesis

# A schema can say that a cursor is text, and not that only the one a list gave is good; that settings are an object, and not what the vendor
# of a connection allows in it; that an ETag is a number in quotes, and not which one stands; which entities there are, and not which of them a
# vendor gives or sweeps, or of which one there are deliveries in some state.
ONLY_ONE_IS_GOOD = (
    "bad-cursor",
    "invalid-settings",
    "not-yaml",
    "changed-since",
    "no-such-records",
    "no-sweep",
    "unusable-selection",
)
# What time it is now, no schema says.
NOT_PAST = b'"path":"since","message":"lies before 1970 or in the future'
# 4.32.5 sends some values of this header without the quotes that the pattern of its schema asks for.
SENT_UNQUOTED = b'"path":"If-Match"'
# The revision is needed in the body or in that header: no schema spans both.
IN_NEITHER_PLACE = b'"path":"revision","message":"Say at which'
# A reason is needed with discardOpen=true alone: no schema says that of two parameters.
WITHOUT_REASON = b'"path":"reason","message":"say why the open deliveries'


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # What is made up is refused in words, as it must be: that alone is no failure, whatever else is one.
    if failure.title != "Schema-valid request rejected" or response.status_code not in (400, 412):
        return True
    refused = any(f"urn:entrepot:problem:{code}".encode() in response.content for code in ONLY_ONE_IS_GOOD)
    known = (SENT_UNQUOTED, IN_NEITHER_PLACE, WITHOUT_REASON, NOT_PAST)
    return not (refused or any(words in response.content for words in known))
