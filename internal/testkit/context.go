package testkit

import (
	"context"
	"testing"
)

// contextOf gives a context that still holds while a test is cleaned up, when the test's own has ended.
func contextOf(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }
