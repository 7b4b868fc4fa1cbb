package message

// gaps says how elements stand apart from what is around them: by a line
// break (1), or as blocks of their own (2).
var gaps = map[string]int{
	"p": 2, "h1": 2, "h2": 2, "h3": 2, "h4": 2, "h5": 2, "h6": 2, "ul": 2, "ol": 2, "menu": 2, "dir": 2, "dl": 2, "li": 2, "dt": 2,
	"table": 2, "caption": 2, "thead": 2, "tbody": 2, "tfoot": 2, "tr": 2, "blockquote": 2, "pre": 2, "listing": 2, "xmp": 2, "plaintext": 2, "textarea": 2,
	"figure": 2, "fieldset": 2, "dialog": 2, "hr": 2,
	"div": 1, "center": 1, "main": 1, "aside": 1, "nav": 1, "section": 1, "article": 1, "header": 1, "footer": 1, "figcaption": 1, "form": 1,
	"legend": 1, "select": 1, "option": 1, "optgroup": 1, "address": 1, "details": 1, "summary": 1, "hgroup": 1, "search": 1, "dd": 1,
	"td": 1, "th": 1, "body": 1, "html": 1, "marquee": 1, "noscript": 1, "noframes": 1, "frameset": 1, "isindex": 1, "area": 1, "slot": 0,
}

// voids have no end tag.
var voids = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "image": true, "input": true, "link": true,
	"meta": true, "param": true, "source": true, "track": true, "wbr": true, "bgsound": true, "frame": true, "basefont": true, "keygen": true,
}

// raws hold no tags, and nothing to read either.
var raws = map[string]bool{"script": true, "style": true, "title": true, "iframe": true, "noembed": true}

// unread are the elements of which nothing is read, if they are closed. What
// mail offers those who run no scripts (noscript) or show no objects and films
// is read: this is such a program.
var unread = map[string]bool{
	"template": true, "xml": true, "datalist": true, "annotation": true, "annotation-xml": true, "rp": true,
	"desc": true, "metadata": true, "defs": true, "symbol": true, // of a picture
}

// ofPictures are those of them that are unread in SVG alone.
var ofPictures = map[string]bool{"desc": true, "metadata": true, "defs": true, "symbol": true}

// inParagraphs do not end one, although they have lines of their own here.
var inParagraphs = map[string]bool{"select": true, "option": true, "optgroup": true, "area": true, "noscript": true, "body": true, "html": true}

// formatting elements are closed even across blocks.
var formatting = map[string]bool{
	"a": true, "b": true, "big": true, "code": true, "em": true, "font": true, "i": true, "nobr": true, "s": true, "small": true,
	"strike": true, "strong": true, "tt": true, "u": true,
}

// role is what an element is to the tags around it.
type role uint32

const (
	roleBlock role = 1 << iota // an end tag of a phrase does not pass
	roleFence                  // few end tags pass
	roleButton
	roleItem
	roleLists
	roleTerm
	roleTerms
	roleOption
	roleOptions
	roleSelect
	roleCell
	roleRow
	roleSection
	roleTable
	roleReading
	roleRuby
)

var roles = map[string]role{
	"td": roleFence | roleCell, "th": roleFence | roleCell, "caption": roleFence | roleCell, "table": roleFence | roleTable,
	"tr": roleRow, "thead": roleSection, "tbody": roleSection, "tfoot": roleSection,
	"html": roleFence, "object": roleFence, "template": roleFence, "marquee": roleFence, "applet": roleFence, "button": roleButton,
	"li": roleItem, "ul": roleLists, "ol": roleLists, "menu": roleLists, "dir": roleLists,
	"dt": roleTerm, "dd": roleTerm, "dl": roleTerms,
	"option": roleOption, "optgroup": roleOptions, "select": roleSelect, "datalist": roleSelect,
	"rt": roleReading, "ruby": roleRuby,
}

// implied are the elements that an element closes by its beginning, if none of
// the second kind stands between.
var implied = map[string]struct{ closes, within role }{
	"li": {roleItem, roleLists}, "dt": {roleTerm, roleTerms}, "dd": {roleTerm, roleTerms},
	"option": {roleOption, roleSelect}, "optgroup": {roleOption | roleOptions, roleSelect},
	"tr": {roleRow | roleCell, roleTable}, "td": {roleCell, roleTable | roleRow}, "th": {roleCell, roleTable | roleRow},
	"thead": {roleSection | roleRow | roleCell, roleTable}, "tbody": {roleSection | roleRow | roleCell, roleTable},
	"tfoot": {roleSection | roleRow | roleCell, roleTable}, "rt": {roleReading, roleRuby},
}
