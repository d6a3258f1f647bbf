package access

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAVaultOpensOnlyWhatItSealedAboutTheSame(t *testing.T) {
	t.Parallel()
	vault, err := NewVault("a secret of at least 32 characters")
	require.NoError(t, err)
	other, err := NewVault("another secret of 32 characters..")
	require.NoError(t, err)
	const text = "sk_test_of_the_gift_shop"
	sealed, err := vault.Seal(text, "key of one")
	require.NoError(t, err)
	require.NotContains(t, string(sealed), text[3:10])
	opened, err := vault.Open(sealed, "key of one")
	require.NoError(t, err)
	require.Equal(t, text, opened)

	again, err := vault.Seal(text, "key of one")
	require.NoError(t, err)
	require.NotEqual(t, sealed, again, "the same text is not seen to be the same")

	for name, open := range map[string]func() (string, error){
		"about another":   func() (string, error) { return vault.Open(sealed, "key of two") },
		"another secret":  func() (string, error) { return other.Open(sealed, "key of one") },
		"nothing":         func() (string, error) { return vault.Open(nil, "key of one") },
		"a nonce only":    func() (string, error) { return vault.Open(sealed[:13], "key of one") },
		"another version": func() (string, error) { return vault.Open(append([]byte{2}, sealed[1:]...), "key of one") },
	} {
		_, err := open()
		require.ErrorIs(t, err, ErrSealed, name)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err := vault.Open(changed, "key of one")
		require.ErrorIs(t, err, ErrSealed, "byte %d", i)
	}
}
