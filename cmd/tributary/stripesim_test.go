package main

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSimulatorRunsAloneAndProvesItsBooks(t *testing.T) {
	folder := t.TempDir()
	script := filepath.Join(folder, "faults.json")
	require.NoError(t, os.WriteFile(script, []byte(`[{"kind": "html_502", "method": "GET", "path": "/v1/balance"}]`), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := programIn(ctx, folder, "stripesim", "--listen", "127.0.0.1:0", "--key", "sk_test_alone", "--faults", script)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	for _, want := range []int{http.StatusBadGateway, http.StatusOK} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSpace(address)+"/v1/balance", nil)
		require.NoError(t, err)
		request.SetBasicAuth("sk_test_alone", "")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, want, answer.StatusCode, "the script's fault comes first, once")
	}
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait(), "it ends with 0 when its books add up")

	s := shell{t, folder}
	require.NoError(t, os.WriteFile(script, []byte(`[{"kind": "gremlins"}]`), 0o600))
	for _, args := range [][]string{{"--listen", "0.0.0.0:0"}, {"--listen", "127.0.0.1:0", "--faults", script}, {"--listen", "127.0.0.1:0", "--faults", folder}} {
		refused := s.run(append([]string{"stripesim"}, args...)...)
		require.Equal(t, 1, refused.code, "%v", args)
		require.Empty(t, refused.out)
	}
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1, "no database is made for it")
}
