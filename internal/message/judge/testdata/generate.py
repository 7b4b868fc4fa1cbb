"""Writes mail with Python's email package, and what it put in.

generate.py SEED FIRST COUNT: a JSON object a line. Message N of a seed is
always the same.
"""
import base64
import datetime
import email
import email.charset
import email.message
import email.policy
import email.utils
import html
import io
import json
import os
import quopri
import random
import re
import sys
import unicodedata
from email.generator import BytesGenerator
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "languages.json"), encoding="utf-8") as f:
    LANGUAGES = json.load(f)

CODECS = {"hz-gb-2312": "hz", "macintosh": "mac-roman", "us-ascii": "ascii"}
SEVEN = {"us-ascii", "iso-2022-jp", "iso-2022-kr", "hz-gb-2312", "utf-7"}
TONES = "\u0300\u0301\u0303\u0309\u0323"


def encode(text, charset):
    """text in the octets of charset; windows-1258 writes tones after the vowel."""
    if charset == "windows-1258":
        out = ""
        for c in text:
            parts = unicodedata.normalize("NFD", c)
            tones = "".join(p for p in parts if p in TONES)
            rest = "".join(p for p in parts if p not in TONES)
            out += unicodedata.normalize("NFC", rest) + tones if tones else c
        text = out
    return text.encode(CODECS.get(charset, charset))


def flatten(message, policy):
    out = io.BytesIO()
    BytesGenerator(out, policy=policy).flatten(message)
    return out.getvalue()


class Mail:
    """A message under construction, and what a person must read of it."""

    def __init__(self, seed, number):
        self.random = random.Random(f"{seed}:{number}")
        random.seed(f"boundaries {seed}:{number}")  # of email.generator
        r = self.random
        self.tag = r.choice(sorted(LANGUAGES))
        self.language = LANGUAGES[self.tag]
        self.charset = r.choice(self.language["charsets"])
        if r.random() < 0.02:
            self.charset = r.choice(["utf-16", "utf-16le", "utf-7"])
        self.word_charset = self.charset
        self.raw = {}  # placeholders and the octets that stand for them
        self.has, self.hasnt, self.files = [], [], []
        self.count = 0
        self.name = r.choice(self.language["names"])
        self.address = f"{r.choice(['a', 'info', 'no-reply', 'ann.lee'])}{r.randrange(1000)}@example.org"
        self.subject = r.choice(self.language["subjects"])
        if r.random() < 0.3:
            self.subject += f" [{r.randrange(10**6)}]"
        zone = datetime.timezone(datetime.timedelta(minutes=15 * r.randrange(-48, 57)))
        self.date = datetime.datetime.fromtimestamp(r.randrange(946684800, 1796000000), zone)

    def placeholder(self, octets):
        key = f"placeholder{len(self.raw)}x"
        self.raw[key.encode()] = octets
        return key

    def fill(self, message, line_end):
        # message/rfc822 is a digest's default, but email cannot leave it out.
        message = re.sub(rb"Content-Type: message/rfc822;\s+left=out\r?\n", b"", message)
        for key, octets in self.raw.items():
            message = message.replace(key, octets.replace(b"\n", line_end))
        return message

    def sentences(self, least=1, most=4):
        """Some sentences of which each can be told from any other."""
        out = []
        for _ in range(self.random.randint(least, most)):
            self.count += 1
            out.append(f"{self.random.choice(self.language['sentences'])} ({self.count})")
        return out

    # Leaves

    def transfer(self, octets):
        """A transfer encoding that can carry the octets."""
        choices = ["base64", "quoted-printable"]
        if max((len(line) for line in octets.split(b"\n")), default=0) < 990 and b"\0" not in octets:
            choices += ["7bit"] if max(octets, default=0) < 128 else ["8bit", "binary"]
        if self.charset.startswith("utf-16"):
            choices = ["base64"]
        return self.random.choice(choices)

    def leaf(self, kind, octets, params=""):
        """A part written by hand, with the transfer encoding of the day."""
        cte = self.transfer(octets) if kind.startswith("text/") else "base64"
        m = Message()
        m["Content-Type"] = f"{kind}{params}"
        m["Content-Transfer-Encoding"] = self.random.choice([cte, cte.upper()])
        if cte == "base64":
            text = base64.encodebytes(octets).decode()
        elif cte == "quoted-printable":
            text = quopri.encodestring(octets).decode("ascii")
        else:
            text = octets.decode("ascii", "surrogateescape")
        m.set_payload(text)
        return m

    def text(self, subtype, content, style):
        r = self.random
        if style == "hand" or self.charset in ("utf-16", "utf-16le", "utf-7", "windows-1258", "hz-gb-2312", "macintosh"):
            octets = encode(content, self.charset)
            label = r.choice([self.charset, self.charset.upper(), f'"{self.charset}"'])
            return self.leaf(f"text/{subtype}", octets, f"{r.choice(['; ', ';', ' ; '])}charset={label}")
        if style == "modern":
            m = EmailMessage()
            cte = r.choice([None, "base64", "quoted-printable", "7bit" if self.charset in SEVEN else "8bit"])
            m.set_content(content, subtype=subtype, charset=self.charset, cte=cte)
            return m
        charset = email.charset.Charset(self.charset)
        charset.output_charset = charset.input_charset  # email converts Japanese
        charset.output_codec = charset.input_codec
        charset.body_encoding = r.choice([email.charset.QP, email.charset.BASE64] + ([None] if self.charset in SEVEN else []))
        return MIMEText(content, subtype, charset)

    def plain(self, sentences, style):
        return self.text("plain", "\n".join(sentences) + "\n", style)

    def html(self, sentences, style):
        r = self.random
        head = r.choice(["", "<head><title>hidden title</title></head>", f'<head><meta http-equiv="Content-Type" content="text/html; charset={self.charset}"><style>p {{ color: red }}</style></head>'])
        # That meta is a lie where the octets are of two each.
        if self.charset.startswith("utf-16"):
            head = ""
        body = "\n".join(r.choice(["<p>%s</p>", "<div>%s</div>", "<p style='margin:0'><b>%s</b></p>"]) % html.escape(s, quote=False) for s in sentences)
        self.hasnt += ["hidden title", "color: red"]
        return self.text("html", f"<html>{head}<body>\n{body}\n</body></html>\n", style)

    def note_text(self):
        s = self.sentences()
        self.has += s
        return s

    def body(self, style):
        return getattr(self, self.random.choice(["plain", "html"]))(self.note_text(), style)

    def alternative(self, style):
        s = self.note_text()
        return self.multipart("alternative", [self.plain(s, style), self.html(s, style)])

    def related(self, style):
        picture = self.leaf("image/png", self.random.randbytes(60))
        picture["Content-ID"] = f"<{self.random.randrange(10**6)}@example.org>"
        picture["Content-Disposition"] = "inline"
        return self.multipart("related", [self.html(self.note_text(), style), picture])

    def signed(self, style, depth):
        signature = Message()
        signature["Content-Type"] = "application/pgp-signature; name=signature.asc"
        signature.set_payload("-----BEGIN PGP SIGNATURE-----\n\naGVsbG8=\n-----END PGP SIGNATURE-----\n")
        self.hasnt.append("BEGIN PGP")
        m = self.multipart("signed", [self.part(style, depth + 1), signature])
        m.set_param("protocol", "application/pgp-signature")
        return m

    def forwarded(self, style, depth):
        inner = self.part(style, depth + 1)
        inner["From"] = "zoe@example.org"
        inner["Subject"] = "Inner"
        m = Message()
        m["Content-Type"] = "message/rfc822"
        m.set_payload([inner])
        return m

    def digest(self, style, depth):
        m = self.multipart("digest", [])
        for _ in range(self.random.randint(1, 3)):
            one = self.forwarded(style, depth + 1)
            if self.random.random() < 0.5:
                one.replace_header("Content-Type", "message/rfc822; left=out")
            m.attach(one)
        return m

    def multipart(self, subtype, parts):
        m = MIMEMultipart(subtype)
        if self.random.random() < 0.2:
            m.preamble = "This is a multi-part message in MIME format.\n"
            self.hasnt.append("multi-part message")
        if self.random.random() < 0.1:
            m.epilogue = "after the end\n"
            self.hasnt.append("after the end")
        for part in parts:
            del part["MIME-Version"]
            m.attach(part)
        return m

    def part(self, style, depth=0):
        r = self.random
        if depth >= 4 or r.random() < 0.4:
            return self.body(style)
        kind = r.choice(["alternative", "alternative", "mixed", "mixed", "related", "signed", "forwarded", "digest"])
        if kind == "mixed":
            parts = [self.part(style, depth + 1) for _ in range(r.randint(1, 3))]
            return self.multipart("mixed", parts + [self.attachment() for _ in range(r.randint(0, 2))])
        if kind in ("alternative", "related"):
            return getattr(self, kind)(style)
        return getattr(self, kind)(style, depth)

    # Attachments

    def attachment(self):
        r = self.random
        name = r.choice(self.language["files"])
        if r.random() < 0.2:
            name = " ".join([name.rsplit(".", 1)[0]] * 5) + "." + name.rsplit(".", 1)[1]
        charset = self.charset if not self.charset.startswith("utf-") and self.charset != "windows-1258" else "utf-8"
        kind = r.choice(["application/pdf", "application/octet-stream", "image/jpeg", "text/plain", "text/csv"])
        if kind.startswith("text/"):
            self.hasnt.append("inside a file")
            part = self.leaf(kind, b"inside a file\n")
        else:
            part = self.leaf(kind, r.randbytes(r.randrange(1, 300)))
        codec = CODECS.get(charset, charset)
        style = r.choice(["2231", "2047", "both", "raw", "name"])
        if charset in ("iso-2022-jp", "iso-2022-kr", "hz-gb-2312") and style == "raw":
            style = "2231"
        words = Header(name, email_charset(charset), maxlinelen=10**6).encode()
        if "name" in style or style in ("2047", "both"):
            part.set_param("name", words)
        if style in ("2231", "both"):
            octets = "".join(chr(b) if chr(b).isalnum() and b < 128 or b in b".-_" else f"%{b:02X}" for b in name.encode(codec))
            if r.random() < 0.3 and len(octets) > 20:
                pieces = self.pieces(octets)
                value = "attachment; " + "; ".join(f"filename*{i}*={(charset + chr(39) * 2) if i == 0 else ''}{p}" for i, p in enumerate(pieces))
            else:
                value = f"attachment; filename*={charset}''{octets}"
        elif style == "2047":
            value = f'attachment; filename="{words}"'
        elif style == "raw":
            value = f'attachment; filename="{self.placeholder(name.encode(codec))}"'
        else:
            value = "attachment"
        part["Content-Disposition"] = value
        self.files.append(name)
        return part

    def pieces(self, octets):
        """octets cut anywhere but inside an escape."""
        out, rest = [], octets
        while rest:
            n = self.random.randint(5, 30)
            while n < len(rest) and "%" in rest[max(0, n - 2) : n]:
                n += 1
            out.append(rest[:n])
            rest = rest[n:]
        return out

    # Headers

    def word(self, text):
        """text in encoded words, as some program writes them."""
        r = self.random
        charset = self.word_charset if not self.word_charset.startswith("utf-") else "utf-8"
        size = r.choice([6, 12, 200])
        words = []
        for i in range(0, len(text), size):
            octets = encode(text[i : i + size], charset)
            label = r.choice([charset, charset.upper(), charset + "*xx"])
            if r.random() < 0.5:
                words.append(f"=?{label}?{r.choice('Bb')}?{base64.b64encode(octets).decode()}?=")
            else:
                words.append(f"=?{label}?{r.choice('Qq')}?{''.join(chr(b) if chr(b).isalnum() and b < 128 else '_' if b == 32 else f'={b:02X}' for b in octets)}?=")
        return r.choice([" ", "\n ", "\n\t"]).join(words)

    def headers(self, m, style):
        r = self.random
        how = r.choice(["email", "email", "words", "raw"])
        if how == "raw" and (self.charset in SEVEN or self.charset.startswith("utf-")):
            how = "words" if self.charset != "utf-8" else how
        ascii_only = (self.name + self.subject).isascii()
        if style == "modern" and how == "email":
            m = upgrade(m)
            m["From"] = Address(self.name, addr_spec=self.address)
            m["Subject"] = self.subject
        elif how == "words" and not ascii_only:
            m["From"] = f"{self.placeholder(self.word(self.name).encode())} <{self.address}>"
            m["Subject"] = self.placeholder(self.word(self.subject).encode())
        elif how == "raw" and not ascii_only:
            name = encode(self.name, self.charset)
            m["From"] = f'"{self.placeholder(name)}" <{self.address}>'
            m["Subject"] = self.placeholder(encode(self.subject, self.charset))
        elif isinstance(m, EmailMessage):
            m["From"] = Address(self.name, addr_spec=self.address)
            m["Subject"] = self.subject
        else:
            charset = self.charset if not self.charset.startswith("utf-") and self.charset != "windows-1258" else "utf-8"
            if self.name.isascii():
                m["From"] = email.utils.formataddr((self.name, self.address))
            else:
                m["From"] = f"{Header(self.name, email_charset(charset)).encode()} <{self.address}>"
            m["Subject"] = Header(self.subject, email_charset(charset), header_name="Subject")
        if how == "raw":
            style += " raw header"
        m["To"] = ", ".join(f"Person {i} <p{i}@example.org>" for i in range(r.choice([1] * 20 + [2, 5, 40, 300])))
        date = email.utils.format_datetime(self.date)
        m["Date"] = r.choice([date, date.split(", ")[1], date + " (CST)"])
        m["Message-ID"] = self.message_id = f"<{r.randrange(10**9)}@example.org>"
        for i in range(r.choice([0, 0, 3, 40])):
            m[f"X-Field-{i}"] = "x" * r.randrange(200)
        if "MIME-Version" not in m:
            m["MIME-Version"] = "1.0"
        return m, style

    def clean(self):
        r = self.random
        style = r.choice(["modern", "compat", "hand"])
        m = self.part(style)
        if m.get_content_type() == "message/rfc822":
            m = self.multipart("mixed", [m])
        if self.charset in ("iso-2022-kr",) and style == "modern":
            style = "compat"  # the header of each line is lost otherwise
        m, style = self.headers(m, style)
        policy = email.policy.compat32 if style.startswith(("compat", "hand")) or not isinstance(m, EmailMessage) else r.choice([email.policy.SMTP, email.policy.default])
        policy = policy.clone(linesep=r.choice(["\r\n", "\n"]))
        message = self.fill(flatten(m, policy), policy.linesep.encode())
        if style == "modern":
            # Where email folds a header, it may lose a blank between two words.
            written = str(email.message_from_bytes(message, policy=email.policy.default)["Subject"])
            if written.replace(" ", "") == self.subject.replace(" ", ""):
                self.subject = written
        return f"email {style} {m.get_content_type()}", message

    def json(self, recipe, message, **more):
        return dict(recipe=recipe, charset=self.charset, language=self.tag, raw=base64.b64encode(message).decode(),
                    subject=self.subject, address=self.address, date=self.date.isoformat(), has=self.has,
                    hasnt=sorted(set(self.hasnt)), files=self.files, cut=self.random.randrange(len(message)),
                    **{"from": self.name}, **more)


def email_charset(charset):
    c = email.charset.Charset(charset)
    c.output_charset = c.input_charset
    c.output_codec = c.input_codec
    return c


def upgrade(m):
    """The same message in the class whose headers the policy encodes."""
    if isinstance(m, EmailMessage):
        return m
    out = EmailMessage()
    for name, value in m.items():
        out[name] = value
    out._payload, out.preamble, out.epilogue = m._payload, m.preamble, m.epilogue
    return out


def main():
    seed, first, count = (int(a) for a in sys.argv[1:4])
    for number in range(first, first + count):
        mail = Mail(seed, number)
        recipe, message = mail.clean()
        print(json.dumps(mail.json(recipe, message, number=number), ensure_ascii=False))


if __name__ == "__main__":
    main()
