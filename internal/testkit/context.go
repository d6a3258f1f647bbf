package testkit

import (
	"context"
	"testing"

	"tributary/models"
)

// contextOf gives a context that still holds while a test is cleaned up, when the test's own has ended.
func contextOf(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }

// Acting gives the test's context with Origin, for a database that was not opened by this package.
func Acting(t testing.TB) context.Context { return models.WithOrigin(t.Context(), Origin) }
