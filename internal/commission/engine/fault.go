package engine

import (
	"errors"
	"fmt"

	"tributary/internal/fault"
)

func invalid(path, format string, args ...any) error {
	return fault.InvalidField(path, "PLAN_INVALID", format, args...)
}

// at names the path of a typed error; other errors pass.
func at(path string, err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.On(path)
	}
	return err
}

// below puts a path before the one that a typed error has.
func below(path string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Field == "" {
		return e.On(path)
	}
	return e.On(path + "." + e.Field)
}

func nth(list string, i int) string { return fmt.Sprintf("%s.%d", list, i) }
