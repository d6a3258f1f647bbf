package models

import "strings"

// Cut shortens a text to so many runes, and mends what is no UTF-8: headers of visitors are anything.
func Cut(text string, runes int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if r := []rune(text); len(r) > runes {
		return string(r[:runes])
	}
	return text
}
