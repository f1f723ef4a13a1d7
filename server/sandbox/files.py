"""Files: what was uploaded, or drawn on a reader. Their size and name are kept, not what is in them."""

from server.sandbox.errors import invalid_parameter
from server.sandbox.state import Json, State, new_id

TYPES = ("csv", "jpg", "pdf", "png")
LARGEST_BYTES = 16 * 1024 * 1024


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/files, as multipart/form-data."""
    upload = state.request.get("upload")
    if upload is None:
        raise invalid_parameter("Invalid file: upload it as multipart/form-data.", "file")
    if upload["size"] > LARGEST_BYTES:
        raise invalid_parameter("The file is too large.", "file")
    return keep(state, params["purpose"], **upload)


def keep(state: State, purpose: str, *, filename: str, size: int) -> Json:
    """A file of so many bytes."""
    id, ending = new_id("file"), filename.rpartition(".")[2].lower()
    return state.add(
        {
            "id": id,
            "object": "file",
            "created": state.now(),
            "expires_at": None,
            "filename": filename,
            "links": None,
            "purpose": purpose,
            "size": size,
            "title": None,
            "type": ending if ending in TYPES else None,
            "url": f"https://files.stripe.com/v1/files/{id}/contents",
        }
    )
