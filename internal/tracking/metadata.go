package tracking

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"tributary/internal/fault"
	"tributary/models"
)

// The limits of a conversion's metadata.
const (
	MaxMetadata           = 50
	maxMetadataKeyBytes   = 64
	maxMetadataValueRunes = 500
)

var (
	countryShape     = regexp.MustCompile(`^[A-Z]{2}$`)
	metadataKeyShape = regexp.MustCompile(fmt.Sprintf(`^[A-Za-z0-9_.-]{1,%d}$`, maxMetadataKeyBytes))
)

// IsMetadataKey tells whether the text may name an entry of metadata.
func IsMetadataKey(text string) bool { return metadataKeyShape.MatchString(text) }

// encodeMetadata checks metadata and gives it as a JSON object with sorted keys, or "" when there is none.
// Code METADATA_INVALID.
func encodeMetadata(entries map[string]string) (string, error) {
	if len(entries) > MaxMetadata {
		return "", fault.InvalidField("metadata", "METADATA_INVALID", "metadata has at most %d entries", MaxMetadata)
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) { // so that of several faults it is always the same that is told
		value := entries[key]
		switch {
		case !IsMetadataKey(key):
			return "", fault.InvalidField("metadata."+models.Cut(key, maxMetadataKeyBytes), "METADATA_INVALID",
				"a key of metadata has 1 to %d letters, digits, dots, hyphens and underscores", maxMetadataKeyBytes)
		case !utf8.ValidString(value) || utf8.RuneCountInString(value) > maxMetadataValueRunes:
			return "", fault.InvalidField("metadata."+key, "METADATA_INVALID", "a value of metadata has at most %d characters", maxMetadataValueRunes)
		}
	}
	return encodeTexts(entries), nil
}

// encodeTexts gives a JSON object with sorted keys, or "" for an empty map.
func encodeTexts(entries map[string]string) string {
	if len(entries) == 0 {
		return ""
	}
	text, err := json.Marshal(entries)
	if err != nil {
		panic("tracking: texts always encode: " + err.Error())
	}
	return string(text)
}

// DecodeTexts reads what is stored as metadata or sub ids; "" gives nil.
func DecodeTexts(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	var entries map[string]string
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		return nil, fmt.Errorf("decode texts: %w", err)
	}
	return entries, nil
}
