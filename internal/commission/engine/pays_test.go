package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

func TestWhichNeedsPass(t *testing.T) {
	for _, passing := range []engine.Needs{{Customer: true}, {Partner: true}, {Lifetime: true}, {WindowDays: 1}} {
		require.True(t, passing.Passes(), "%+v", passing)
	}
	require.False(t, engine.Needs{Touch: true, Order: true, Caps: true}.Passes())
}
