package commission

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"

	"tributary/internal/fault"
)

// located puts the line and column of what is refused in front of a refusal's text: those of the nearest thing above it
// that stands in the file, when what it names does not.
func (f PlanFile) located(err error) error {
	var e *fault.Error
	if !errors.As(err, &e) || e.Field == "" || len(f.text) == 0 {
		return err
	}
	for path := e.Field; path != ""; path = upper(path) {
		if at := positionOf(f.text, path); at != nil {
			found := *e
			found.Msg = fmt.Sprintf("[%d:%d] %s", at.Line, at.Column, e.Msg)
			return &found
		}
	}
	return err
}

func upper(path string) string { return path[:max(strings.LastIndexByte(path, '.'), 0)] }

// positionOf finds a path such as plan.rules.3.percent in a file.
func positionOf(text []byte, path string) *token.Position {
	var query strings.Builder
	query.WriteByte('$')
	for part := range strings.SplitSeq(path, ".") {
		if _, err := strconv.Atoi(part); err == nil {
			fmt.Fprintf(&query, "[%s]", part)
			continue
		}
		fmt.Fprintf(&query, ".'%s'", strings.ReplaceAll(part, "'", ""))
	}
	found, err := yaml.PathString(query.String())
	if err != nil {
		return nil
	}
	node, err := found.ReadNode(bytes.NewReader(text))
	if err != nil || node == nil || node.GetToken() == nil {
		return nil
	}
	return node.GetToken().Position
}
