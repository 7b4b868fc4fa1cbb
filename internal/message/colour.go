package message

import (
	"strconv"
	"strings"
)

// colour is one in which something is painted: 0 where none is said, else known
// and red, green and blue, or unknown.
type colour uint32

const (
	knownColour   colour = 1 << 24
	unknownColour colour = 2 << 24 // or a picture
)

// colourNames are those that mail hides text with, and those that it prints on.
var colourNames = map[string]colour{
	"black": 0, "white": 0xffffff, "gray": 0x808080, "grey": 0x808080, "silver": 0xc0c0c0, "red": 0xff0000, "maroon": 0x800000,
	"yellow": 0xffff00, "olive": 0x808000, "lime": 0x00ff00, "green": 0x008000, "aqua": 0x00ffff, "cyan": 0x00ffff, "teal": 0x008080,
	"blue": 0x0000ff, "navy": 0x000080, "fuchsia": 0xff00ff, "magenta": 0xff00ff, "purple": 0x800080, "orange": 0xffa500,
	"snow": 0xfffafa, "ivory": 0xfffff0, "whitesmoke": 0xf5f5f5, "ghostwhite": 0xf8f8ff, "floralwhite": 0xfffaf0, "lightgray": 0xd3d3d3,
	"lightgrey": 0xd3d3d3, "gainsboro": 0xdcdcdc, "darkgray": 0xa9a9a9, "darkgrey": 0xa9a9a9,
}

// same says whether nobody can tell two colours apart.
func (c colour) same(other colour) bool {
	if c&knownColour == 0 || other&knownColour == 0 {
		return false
	}
	for shift := 0; shift < 24; shift += 8 {
		if a, b := c>>shift&0xff, other>>shift&0xff; max(a, b)-min(a, b) > 2 {
			return false
		}
	}
	return true
}

// parseColour reads a value in lower case (CSS Color, level 4), and says
// whether it is one that is not seen at all.
func parseColour(value string) (c colour, clear bool) {
	if value == "transparent" {
		return unknownColour, true
	}
	if rgb, ok := colourNames[value]; ok {
		return knownColour | rgb, false
	}
	if digits, ok := strings.CutPrefix(value, "#"); ok {
		return hexColour(digits)
	}
	inside, ok := strings.CutPrefix(value, "rgb")
	inside = strings.TrimPrefix(inside, "a")
	if !ok || !strings.HasPrefix(inside, "(") {
		if inside, ok = strings.CutPrefix(value, "hsl"); ok {
			return hslColour(channels(strings.TrimPrefix(inside, "a")))
		}
		return unknownColour, false
	}
	fields := channels(inside)
	if len(fields) != 3 && len(fields) != 4 {
		return unknownColour, false
	}
	if len(fields) == 4 {
		if n, _, ok := length(fields[3]); !ok || n <= 0 {
			return unknownColour, ok
		} else if fields[3] != "1" && fields[3] != "1.0" && fields[3] != "100%" {
			return unknownColour, false
		}
	}
	for _, field := range fields[:3] {
		n, unit, ok := length(field)
		if unit == "%" {
			n *= 2.55
		}
		if !ok || n < 0 {
			return unknownColour, false
		}
		c = c<<8 | colour(min(n, 255))
	}
	return knownColour | c, false
}

// hslColour is a colour of hue, saturation and lightness, of which black,
// white and greys are looked at.
func hslColour(fields []string) (c colour, clear bool) {
	switch {
	case len(fields) == 4 && isZero(fields[3]):
		return unknownColour, true
	case len(fields) == 4 && fields[3] != "1" && fields[3] != "100%" || len(fields) < 3 || len(fields) > 4:
		return unknownColour, false
	}
	saturation, _, known := length(fields[1])
	light, _, ok := length(fields[2])
	light = min(max(light, 0), 100)
	if !known || !ok || saturation > 0 && light > 0 && light < 100 {
		return unknownColour, false
	}
	return knownColour | colour(light*2.55+0.5)*0x10101, false
}

// channels are the numbers between parentheses.
func channels(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("(), /\t\n", r) })
}

func hexColour(digits string) (c colour, clear bool) {
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return unknownColour, false
	}
	alpha := uint64(0xff)
	switch len(digits) {
	case 4:
		alpha = n & 0xf * 0x11
		n >>= 4
		fallthrough
	case 3:
		n = n>>8*0x110000 | n>>4&0xf*0x1100 | n&0xf*0x11
	case 8:
		alpha = n & 0xff
		n >>= 8
	case 6:
	default:
		return unknownColour, false
	}
	if alpha < 0xff {
		return unknownColour, alpha == 0
	}
	return knownColour | colour(n), false
}

// setGround takes a background, of which a colour that is not seen is none.
func (s *style) setGround(value string) {
	c, clear := parseColour(value)
	switch {
	case clear || value == "none" || value == "initial" || value == "unset" || value == "":
		c = 0
	case c == unknownColour && !strings.ContainsAny(value, "("):
		for field := range strings.FieldsSeq(value) {
			if c, clear = parseColour(field); clear {
				c = 0
			}
			if c != unknownColour {
				break
			}
		}
	}
	s.ground = c
}

// painted is what old attributes say of colours.
func painted(e *element, a *attributes) (list []declaration) {
	if a.colour != "" && e.name == "font" || a.text != "" && e.name == "body" {
		list = append(list, declaration{property: "color", value: oldColour(a.colour + a.text)})
	}
	if e.name != "body" && e.role&(roleTable|roleSection|roleRow|roleCell) == 0 {
		return list
	}
	if a.ground != "" {
		list = append(list, declaration{property: "background-color", value: oldColour(a.ground)})
	}
	if a.picture != "" {
		list = append(list, declaration{property: "background-image", value: "url()"})
	}
	return list
}

// oldColour is a colour in an attribute, where the # may be missing.
func oldColour(value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	if _, err := strconv.ParseUint(value, 16, 32); err == nil && len(value) == 6 {
		return "#" + value
	}
	return value
}
