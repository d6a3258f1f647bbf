package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
)

func TestCopiesMatchTheirOriginal(t *testing.T) {
	base := fault.New(fault.Conflict, "CODE_TAKEN", "taken")
	wrapped := fmt.Errorf("create link: %w", base.On("code").Because(errors.New("duplicate key")))

	require.ErrorIs(t, wrapped, base)
	require.Equal(t, fault.Conflict, fault.KindOf(wrapped))
	require.Equal(t, "CODE_TAKEN", fault.CodeOf(wrapped))
	require.Equal(t, "code", fault.FieldOf(wrapped))
	require.Empty(t, base.Field, "On must not change the original")
	require.NotErrorIs(t, wrapped, fault.New(fault.Conflict, "OTHER", "other"))
}

func TestForeignErrorsAreInternal(t *testing.T) {
	err := errors.New("connection refused")
	require.Equal(t, fault.Internal, fault.KindOf(err))
	require.Equal(t, "INTERNAL", fault.CodeOf(err))
	require.Empty(t, fault.FieldOf(err))
}
