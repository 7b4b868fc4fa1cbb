"""Writes mail that breaks rules as mail in the field does, and what a person
must read of it all the same.

odd.py SEED FIRST COUNT: a JSON object a line. Message N of a seed is always
the same.
"""
import base64
import binascii
import datetime
import json
import quopri
import sys

from generate import SEVEN, Mail, encode


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


class Odd(Mail):
    """A message by one of the recipes, which are the methods whose names end
    in _recipe. Each gives the fields of the content and the body."""

    def __init__(self, seed, number):
        super().__init__(seed, number)
        if self.charset.startswith(("utf-16", "utf-7")) or self.charset in SEVEN:
            self.charset = self.word_charset = "utf-8"
        self.skip = []
        self.header = None
        self.whole = None

    def words(self, least=1, most=3):
        """Sentences that must be read, as octets."""
        s = self.sentences(least, most)
        self.has += s
        return encode("\r\n".join(s), self.charset)

    def type(self, subtype="plain"):
        return f"Content-Type: text/{subtype}; charset={self.charset}\r\n".encode()

    def part(self, more=b""):
        """A text part after its boundary line."""
        return self.type() + more + b"\r\n" + self.words() + b"\r\n"

    def file(self, name=None, field=None):
        name = name or f"file{len(self.files)}.pdf"
        self.files.append(name)
        field = field or f'attachment; filename="{name}"'
        return b"Content-Type: application/pdf\r\nContent-Disposition: " + (field if isinstance(field, bytes) else field.encode()) + b"\r\n\r\nx\r\n"

    def mixed(self, boundary=b"b", declared=None, kind=b"multipart/mixed; boundary=", parts=None, end=True):
        parts = parts or [self.part(), self.file()]
        body = b"".join(b"--" + boundary + b"\r\n" + p for p in parts)
        if end:
            body += b"--" + boundary + b"--\r\n"
        return b"Content-Type: " + kind + (declared if declared is not None else b'"' + boundary + b'"') + b"\r\n", body

    # Boundaries

    def unquoted_boundary_recipe(self):
        boundary = self.random.choice([b"----=_Part_1_2.3", b"=_a/b", b"a:b", b"a?b=c", b"(a)'b", b"a+b_c,d", b"b b", b"=-=-=", b"<b@c>"])
        return self.mixed(boundary, boundary)

    def double_semicolon_recipe(self):
        return self.mixed(kind=self.random.choice([b"multipart/mixed;; boundary=", b"multipart/mixed; ;boundary=", b"multipart/mixed ;\r\n\t;boundary = ", b"Multipart/Mixed; charset=; boundary=", b"multipart/mixed boundary=", b"multipart/mixed; x; boundary="]))

    def half_quoted_boundary_recipe(self):
        return self.mixed(b"b_1", self.random.choice([b'"b_1', b"'b_1'", b'b_1"', b'"b_1";', b'"b_1" (comment)', b'"b_1"; charset']))

    def no_final_boundary_recipe(self):
        return self.mixed(end=False)

    def no_first_blank_line_recipe(self):
        fields, body = self.mixed()
        self.whole = self.top() + fields + body
        return fields, body

    def mixed_line_ends_recipe(self):
        fields, body = self.mixed(parts=[self.part(), self.part(), self.file()])
        lines = (self.top() + fields + b"\r\n" + body).split(b"\r\n")
        self.whole = b"".join(line + self.random.choice([b"\n", b"\r\n"]) for line in lines)
        return fields, body

    def bare_cr_body_recipe(self):
        return self.type(), self.words(2, 4).replace(b"\r\n", b"\r")

    def blanks_after_boundary_recipe(self):
        fields, body = self.mixed(parts=[self.part(), self.part(), self.file()])
        return fields, body.replace(b"--b\r\n", b"--b \t\r\n").replace(b"--b--\r\n", b"--b--  \r\n")

    def many_parts_recipe(self):
        parts = [self.type() + b"\r\n" + self.words(1, 1) + b"\r\n" for _ in range(300)]
        return self.mixed(parts=parts)

    def boundary_extends_recipe(self):
        outer, inner = self.random.choice([(b"X", b"X-1"), (b"X", b"X1"), (b"X-1", b"X"), (b"=_b", b"=_b_alt")])
        fields, body = self.mixed(inner, parts=[self.part()], kind=b"multipart/alternative; boundary=")
        return self.mixed(outer, parts=[fields + b"\r\n" + body + b"\r\n", self.part(), self.file()])

    def same_boundary_recipe(self):
        fields, body = self.mixed(parts=[self.part()], kind=b"multipart/alternative; boundary=")
        return self.mixed(parts=[fields + b"\r\n" + body + b"\r\n"], end=False)

    def missing_inner_end_recipe(self):
        fields, body = self.mixed(b"inner", parts=[self.part()], kind=b"multipart/alternative; boundary=", end=False)
        return self.mixed(b"outer", parts=[fields + b"\r\n" + body, self.file()])

    def no_boundary_parameter_recipe(self):
        return self.random.choice([b"Content-Type: multipart/mixed\r\n", b"Content-Type: multipart/mixed; boundary=\r\n"]), self.utf8()

    def boundary_never_comes_recipe(self):
        return b"Content-Type: multipart/mixed; boundary=b\r\n", self.utf8()

    def utf8(self):
        self.charset = "utf-8"
        return self.words()

    def text_like_boundary_recipe(self):
        words = self.words()
        fields, body = self.mixed(b"b1", parts=[self.type() + b"\r\n--\r\n--b\r\n--b11\r\n -- b1\r\n--b1x\r\n" + words + b"\r\n", self.file()])
        return fields, body

    # Headers of parts

    def junk_in_header_recipe(self):
        junk = self.random.choice([b"this is junk\r\n", b"no colon here\r\nnor here\r\n", b": no name\r\n", b"bad name: x\r\n", b"X-Odd\x80: y\r\n", b" begins with a blank\r\n", b"X-Empty:\r\n"])
        return self.mixed(parts=[junk + self.part(), self.part(junk), self.file()])

    def no_part_header_recipe(self):
        self.charset = "utf-8"
        return self.mixed(parts=[b"\r\n" + self.words() + b"\r\n", self.file()])

    def odd_field_name_recipe(self):
        return self.type().replace(b"Content-Type:", self.random.choice([b"Content-Type :", b"CONTENT-TYPE:", b"content-type:\t", b"Content-Type:\r\n\t"])), self.words()

    def charset_parameter_recipe(self):
        if self.charset == "us-ascii":
            self.charset = "utf-8"
        c = self.charset.encode()
        value = self.random.choice([b"text/plain charset=%s", b'text/plain; charset="%s', b"text/plain; charset='%s'", b"text/plain; charset=%s;", b"text/plain; charset = %s", b'text/plain; CHARSET="%s"; x', b"text/plain;charset=%s (comment)", b"text; charset=%s", b"text/plain; charset=%s; charset=us-ascii", b"text/plain;\r\n charset=%s;\r\n\tformat=fixed", b"text/plain; charset=%s; format=flowed; delsp=no"])
        return b"Content-Type: " + value % c + b"\r\n", self.words(1, 1)

    def misdeclared_recipe(self):
        r = self.random
        which = r.choice(["gbk", "ascii", "cp1252", "latin"])
        if which == "gbk":
            self.has.append("朱镕基的书在桌上，請查收。")
            return b"Content-Type: text/plain; charset=gb2312\r\n", encode(self.has[-1], "gbk")
        if which == "cp1252":
            self.has.append("“Non,” – dit-il – c’est déjà trop tard…")
            return b"Content-Type: text/plain; charset=iso-8859-1\r\n", encode(self.has[-1], "windows-1252")
        self.charset = "utf-8"
        label = {"ascii": r.choice([b"us-ascii", b"ascii", b"unknown-8bit", b"x-unknown", b"_iso-2022-jp$esc"]), "latin": b"iso-8859-1"}[which]
        return b"Content-Type: text/plain; charset=" + label + b"\r\n", self.words()

    # Transfer encodings

    def encoded(self, name, body):
        return self.type() + b"Content-Transfer-Encoding: " + name + b"\r\n", body

    def base64_recipe(self):
        octets = self.words(2, 4)
        text = base64.b64encode(octets)
        how = self.random.choice(["no padding", "stray", "pieces", "one line", "short lines", "much padding", "blank lines", "after"])
        if how == "no padding":
            text = text.rstrip(b"=")
        elif how == "stray":
            text = b"".join(text[i : i + 20] + self.random.choice([b"!", b" ", b"\t", b"\r\n", b"*\r\n"]) for i in range(0, len(text), 20))
        elif how == "pieces":  # of which each is padded
            text = b"\r\n".join(base64.b64encode(octets[i : i + 20]) for i in range(0, len(octets), 20))
        elif how == "short lines":
            text = b"\r\n".join(text[i : i + 7] for i in range(0, len(text), 7))
        elif how == "much padding":
            text += b"===="
        elif how == "blank lines":
            text = b"\r\n" + text[:40] + b"\r\n\r\n" + text[40:] + b"\r\n\r\n"
        elif how == "after" and text.endswith(b"="):
            text = base64.encodebytes(octets) + b"\r\n--\r\nList footer, unencoded\r\n"
        return self.encoded(b"base64", text)

    def base64_in_multipart_recipe(self):
        kind, text = self.base64_recipe()
        return self.mixed(parts=[kind + b"\r\n" + text + b"\r\n", self.file()])

    def transfer_encoding_name_recipe(self):
        name = self.random.choice([b'"%s"', b"%s;", b" %s ", b"%s (comment)", b"'%s'", b"\r\n\t%s"])
        octets = self.words()
        if self.random.random() < 0.5:
            return self.encoded(name % self.random.choice([b"base64", b"BASE64", b"Base64"]), base64.encodebytes(octets))
        return self.encoded(name % self.random.choice([b"quoted-printable", b"Quoted-Printable"]), quopri.encodestring(octets))

    def other_transfer_encoding_name_recipe(self):
        return self.encoded(self.random.choice([b"8-bit", b"none", b"utf-8", b"x-unknown", b"7bit", b""]), self.words())

    def quoted_printable_recipe(self):
        how = self.random.choice(["long", "lower", "blanks", "bad", "last", "lf"])
        text = quopri.encodestring(self.words(2, 4))
        if how == "long":
            text = text.replace(b"=\n", b"").replace(b"=\r\n", b"")
        elif how == "lower":
            out, i = b"", 0
            while i < len(text):
                if text[i : i + 1] == b"=" and text[i + 1 : i + 2] not in (b"\r", b"\n"):
                    out += text[i : i + 3].lower()
                    i += 3
                else:
                    out += text[i : i + 1]
                    i += 1
            text = out
        elif how == "blanks":
            text = text.replace(b"=\n", b"= \t\n")
        elif how == "bad":
            text += b"\r\n=ZZ 1=2 a= ="
            self.has += ["=ZZ 1=2 a="]
        elif how == "last":
            text += b"="
        text = text.replace(b"\r\n", b"\n")
        return self.encoded(b"quoted-printable", text if how == "lf" else text.replace(b"\n", b"\r\n"))

    def uuencode_recipe(self):
        octets = self.words(2, 4)
        text = b"begin 644 text.txt\r\n" + b"".join(binascii.b2a_uu(octets[i : i + 45]).rstrip(b"\n") + b"\r\n" for i in range(0, len(octets), 45)) + b"`\r\nend\r\n"
        return self.encoded(self.random.choice([b"x-uuencode", b"uuencode", b"x-uue"]), text)

    # Headers of the message

    def top(self):
        if self.header is not None:
            return self.header
        name, subject = self.word(self.name), self.word(self.subject)
        if name.isascii() and "=?" not in name:
            name = f'"{name}"'
        return crlf(f"From: {name} <{self.address}>\nTo: me@example.org\nSubject: {subject}\nDate: {self.date:%a, %d %b %Y %H:%M:%S %z}\n").encode()

    def bom_recipe(self):
        self.whole = b"\xef\xbb\xbf" + self.top() + self.type() + b"\r\n" + self.words()
        return b"", b""

    def no_header_recipe(self):
        self.charset, self.skip = "utf-8", ["from", "address", "subject", "date"]
        self.whole = self.random.choice([b"\r\n", b"", b"\r\n\r\n"]) + self.words(2, 4)
        return b"", b""

    def recipients_recipe(self):
        people = ",\r\n ".join(f"Person {i} <p{i}@example.org>" for i in range(2000))
        self.header = f"To: {people}\r\n".encode() + self.top()
        return self.type(), self.words()

    def mbox_line_recipe(self):
        self.header = self.random.choice([b"From a@example.org Sat Nov 28 10:00:00 2026\r\n", b">From a@example.org Sat Nov 28 10:00:00 2026\r\n", b"junk without a colon\r\n"]) + self.top()
        return self.type(), self.words()

    def short_mime_recipe(self):
        self.charset = "utf-8"
        return b"", self.words()

    def encoded_word_recipe(self):
        """One subject as odd encoded words."""
        r = self.random
        text = self.subject
        while text.isascii():
            text = r.choice(["Grüße aus Köln", "会议改期到周四下午三点", "Ваш заказ отправлен"])
        self.subject = text
        u = text.encode()
        q = "".join(f"={b:02X}" for b in u)
        b = base64.b64encode(u).decode()
        half = len(u) // 2
        odd = {
            "adjacent": "".join(f"=?utf-8?B?{base64.b64encode(c.encode()).decode()}?=" for c in text),
            "quoted": f'"=?utf-8?B?{b}?="',
            "blank in label": f"=?utf-8 ?Q?{q}?=",
            "no padding": f"=?utf-8?B?{b.rstrip('=')}?=",
            "folded inside": f"=?utf-8?B?{b[:6]}\r\n {b[6:]}?=",
            "character split": f"=?utf-8?B?{base64.b64encode(u[: half]).decode()}?= =?utf-8?B?{base64.b64encode(u[half:]).decode()}?=",
            "character split q": f"=?utf-8?Q?{q[: half * 3]}?=\r\n =?utf-8?Q?{q[half * 3 :]}?=",
            "lower": f"=?UTF8?q?{q.lower()}?=",
            "blanks in q": f"=?utf-8?Q?{q.replace('=20', ' ')}?=",
            "long": f"=?utf-8?Q?{q}?=",
            "raw in q": f"=?utf-8?Q?{text.replace(' ', '_')}?=",
            "tail": f"=?utf-8?B?{b}?=x",
            "head": f"Re:=?utf-8?B?{b}?=",
            "question": f"=?utf-8?Q?{q}??=",
        }
        how = r.choice(sorted(odd))
        self.subject = {"tail": text + "x", "head": "Re:" + text, "question": text + "?", "quoted": text}.get(how, text)
        if how == "quoted":
            self.skip.append("subject")  # the quotes may be read or not
        subject = odd[how]
        self.header = f"From: <{self.address}>\r\nSubject: {subject}\r\nDate: {self.date:%d %b %Y %H:%M:%S %z}\r\n".encode()
        self.name = self.address
        return self.type(), self.words()

    def sender_recipe(self):
        r = self.random
        a = self.address
        field, self.name = r.choice([
            (f"Ann <{a}>, Bob <bob@example.org>", "Ann"),
            (f"(Ann Lee) {a}", "Ann Lee"),
            (f'"Ann" Lee <{a}>', "Ann Lee"),
            (f"<{a}> Ann Lee", "Ann Lee"),
            (f"{a} (Ann Lee)", "Ann Lee"),
            (f"<{a}> (Ann Lee)", "Ann Lee"),
            (f'"Ann Lee <{a}>', "Ann Lee"),
            (f"Ann Lee <{a}", "Ann Lee"),
            (f"Ann Lee<{a}>", "Ann Lee"),
            (f"=?utf-8?Q?Ann_Lee?=<{a}>", "Ann Lee"),
            (f'"=?utf-8?Q?Ann_Lee?=" <{a}>', "Ann Lee"),
            (f"Lee, Ann <{a}>", "Lee, Ann"),
            (f"A. B. Lee <{a}>", "A. B. Lee"),
            (f"Ann [Shop] Lee <{a}>", "Ann [Shop] Lee"),
            (f'"Lee \\"Ann\\" X" <{a}>', 'Lee "Ann" X'),
            (f"Ann Lee <{a}>;", "Ann Lee"),
            (f"Ann Lee < {a} >", "Ann Lee"),
            (f"'Ann Lee' <{a}>", "Ann Lee"),
            (f'"{a}" <{a}>', a),
            (f'"" <{a}>', a),
            (f"{a}", a),
            (f" {a} ", a),
            (f"Ann O'Lee <{a}>", "Ann O'Lee"),
            (f"Team: Ann Lee <{a}>;", "Ann Lee"),
        ])
        self.header = crlf(f"From: {field}\nSubject: {self.word(self.subject)}\nDate: {self.date:%d %b %Y %H:%M:%S %z}\n").encode()
        return self.type(), self.words()

    def date_recipe(self):
        d = self.date.astimezone(datetime.timezone.utc)
        offset = datetime.timezone(datetime.timedelta(hours=self.random.randrange(-8, 9)))
        l = d.astimezone(offset)
        est = d.astimezone(datetime.timezone(datetime.timedelta(hours=-5)))
        minute = d.replace(second=0)
        field, self.date = self.random.choice([
            (f"{est:%a, %d %b %Y %H:%M:%S} EST", d),
            (f"{l:%a,%d %b %Y %H:%M:%S %z}", d),
            (f"{minute:%a, %d %b %Y %H:%M}:60 +0000", minute + datetime.timedelta(minutes=1)),
            (f"Sa, {l:%d %b %Y %H:%M:%S %z}", d),
            (f"{l:%A, %d %B %Y %H:%M:%S %z}", d),
            (f"{minute:%a, %d %B %Y %H:%M} +0000", minute),
            (f"{l:%d %b %y %H:%M:%S %z}", d),
            (f"{l:%a, %d %b %Y %H:%M:%S} GMT{l:%z}", d),
            (f"{d:%a, %d %b %Y %H:%M:%S} UTC", d),
            (f"{d:%a, %d %b %Y %H:%M:%S} Z", d),
            (f"{d:%a, %d %b %Y %H:%M:%S}", d),
            (f"{l:%a, %d %b %Y %H:%M:%S %z} (CEST (summer))", d),
            (f"{l:%a,  %d  %b  %Y\r\n\t%H:%M:%S  %z}", d),
            (f"{l:%Y-%m-%d %H:%M:%S %z}", d),
            (f"{d:%Y-%m-%dT%H:%M:%SZ}", d),
            (f"{d:%a %b %d %H:%M:%S %Y}", d),
            (f"{l:%a %b %d %H:%M:%S %Y %z}", d),
            (f"{l:%d-%b-%Y %H:%M:%S %z}", d),
            (f"{l.day}. {l:%b %Y %H:%M:%S %z}", d),
            (f"{l:%a}, {l.day} {l:%b %Y} {l.hour}:{l:%M:%S %z}", d),
            (f"{l:%A}, {l:%b %d, %Y} {l:%I:%M:%S %p} {l:%z}", d),
            (f"\"{l:%a, %d %b %Y %H:%M:%S %z}\"", d),
        ])
        self.header = crlf(f"From: <{self.address}>\nSubject: {self.word(self.subject)}\nDate: {field}\n").encode()
        self.name = self.address
        return self.type(), self.words()

    # Names of files

    def file_name_recipe(self):
        r = self.random
        uni = "报告.pdf"
        q = "%E6%8A%A5%E5%91%8A.pdf"
        gb = "%B1%A8%B8%E6.pdf"
        b64 = base64.b64encode(uni.encode()).decode()
        name, field = r.choice([
            ("a;b.pdf", 'attachment; filename="a;b.pdf"; size='),
            ("my report.pdf", "attachment; filename=my report.pdf"),
            ("my report.pdf", "attachment; filename=my report.pdf; size=3"),
            (uni, f"attachment; filename*=utf-8''{q}"),
            (uni, f"attachment; filename*=UTF-8'zh-CN'{q}"),
            (uni, f'attachment; filename*="utf-8\'\'{q}"'),
            (uni, f"attachment; filename*=gb2312''{gb}"),
            (uni, f"attachment; filename=\"x.pdf\"; filename*=utf-8''{q}"),
            (uni, f"attachment; filename*0*=utf-8''{q[:9]}; filename*1*={q[9:]}"),
            (uni, f"attachment; filename*1*={q[9:]}; filename*0*=utf-8''{q[:9]}"),
            (uni, f"attachment; filename*0*=gb2312''{gb[:3]}; filename*1*={gb[3:6]}; filename*2*={gb[6:12]}; filename*3=.pdf"),
            ("long name of a file.pdf", 'attachment; filename*0="long name "; filename*1="of a file.pdf"'),
            (uni, f'attachment; filename="=?utf-8?B?{b64}?="'),
            (uni, f"attachment; filename==?utf-8?B?{b64}?="),
            (uni, f'attachment; filename="=?utf-8?B?{b64[:8]}?=\r\n =?utf-8?B?{b64[8:]}?="'),
            (uni, f'attachment; filename="{uni}"'),
            (uni, f"attachment; filename={uni}"),
            (uni, 'attachment; filename="报告.pdf"'.encode("gbk")),
            ("x.pdf", 'attachment; filename="/etc/x.pdf"'),
            ("x.pdf", 'attachment; filename="C:\\\\temp\\\\x.pdf"'),
            ("x.pdf", 'attachment; filename="x.pdf'),
            ("x.pdf", "attachment;filename=x.pdf;"),
            ("x.pdf", "ATTACHMENT; FILENAME=x.pdf"),
            ("x.pdf", "attachment;; filename=x.pdf"),
            ("x.pdf", "attachment filename=x.pdf"),
            ("x.pdf", "attachment;\r\n\tfilename=\"x.pdf\""),
            ('a"b.pdf', 'attachment; filename="a\\"b.pdf"'),
            ("a'b.pdf", "attachment; filename=a'b.pdf"),
            ("x (1).pdf", 'attachment; filename="x (1).pdf"'),
            ("x(1).pdf", "attachment; filename=x(1).pdf"),
            ("x=y.pdf", "attachment; filename=x=y.pdf"),
        ])
        # What is undeclared is guessed by what the rest of the message declares.
        self.charset = "gbk" if isinstance(field, bytes) else "utf-8"
        words = "订单已发货，预计后天送达，请注意查收。"
        self.has.append(words)
        return self.mixed(parts=[self.type() + b"\r\n" + encode(words, self.charset) + b"\r\n", self.file(name, field)])

    # What is shown

    def empty_plain_recipe(self):
        html = b"Content-Type: text/html; charset=" + self.charset.encode() + b"\r\n\r\n<p>" + self.words() + b"</p>\r\n"
        return self.mixed(kind=b"multipart/alternative; boundary=", parts=[b"Content-Type: text/plain\r\n\r\n" + self.random.choice([b"\r\n", b" \r\n\r\n", b""]), html])

    def upper_case_html_recipe(self):
        s = self.words(1, 3).replace(b"\r\n", b"<BR>")
        return b"CONTENT-TYPE: TEXT/HTML; CHARSET=" + self.charset.upper().encode() + b"\r\n", b"<HTML><HEAD><TITLE>t</TITLE><BODY BGCOLOR=white><P>" + s

    def message(self):
        recipes = sorted(name for name in dir(self) if name.endswith("_recipe"))
        # Each in turn, so that none is missed.
        recipe = recipes[self.number % len(recipes)]
        kind, body = getattr(self, recipe)()
        out = self.whole if self.whole is not None else self.top() + b"MIME-Version: 1.0\r\n" + kind + b"\r\n" + body
        if self.random.random() < 0.3:
            out = out.replace(b"\r\n", b"\n")
        return recipe.removesuffix("_recipe").replace("_", " "), out


def main():
    seed, first, count = (int(a) for a in sys.argv[1:4])
    for number in range(first, first + count):
        mail = Odd(seed, number)
        mail.number = number
        recipe, message = mail.message()
        print(json.dumps(mail.json(recipe, message, number=number, skip=mail.skip), ensure_ascii=False))


if __name__ == "__main__":
    main()
