"""Reads mail with Python's email package: a message a line in base64, a JSON
object a line out."""
import base64
import email
import email.policy
import json
import sys


def first(read):
    """What read gives, or what went wrong."""
    try:
        return read()
    except Exception as e:  # email raises many kinds on odd mail
        return f"error: {type(e).__name__}: {e}"


def text(part):
    octets = part.get_payload(decode=True) or b""
    return octets.decode(part.get_content_charset() or "ascii", "replace")


def reading(raw):
    m = email.message_from_bytes(raw, policy=email.policy.default)
    texts, files = [], []
    for part in m.walk():
        if part.is_multipart():
            continue
        name = first(part.get_filename)
        if part.get_content_disposition() == "attachment":
            files.append(name or part.get_content_type())
        elif part.get_content_maintype() == "text":
            texts.append(first(lambda p=part: text(p)))
    sender = m["from"].addresses[0] if m["from"] and m["from"].addresses else None
    return {
        "subject": str(m["subject"] or ""),
        "from": sender and (sender.display_name or sender.addr_spec) or "",
        "address": sender.addr_spec if sender else "",
        "date": m["date"].datetime.isoformat() if m["date"] and m["date"].datetime else "",
        "texts": texts,
        "files": files,
    }


for line in sys.stdin:
    out = first(lambda raw=base64.b64decode(line): reading(raw))
    print(json.dumps(out if isinstance(out, dict) else {"error": out}))
