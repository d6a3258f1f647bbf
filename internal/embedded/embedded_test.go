package embedded_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/embedded"
	"tributary/internal/stripesim"
)

// ask speaks Redis's protocol by hand.
func ask(t *testing.T, address, command string) string {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer connection.Close()
	words := strings.Fields(command)
	request := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		request += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	}
	_, err = connection.Write([]byte(request))
	require.NoError(t, err)
	line, err := bufio.NewReader(connection).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

func requireLoopback(t *testing.T, url string) string {
	t.Helper()
	_, address, ok := strings.Cut(url, "://")
	require.True(t, ok, url)
	host, _, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.True(t, net.ParseIP(host).IsLoopback(), url)
	return address
}

func requireClosed(t *testing.T, address string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err == nil {
		_ = connection.Close()
	}
	require.Error(t, err)
}

func TestRedisStartsTicksAndStops(t *testing.T) {
	r, err := embedded.StartRedis()
	require.NoError(t, err)
	address := requireLoopback(t, r.URL())
	require.Equal(t, "+OK", ask(t, address, "SET short-lived 1 EX 1"))
	require.Equal(t, "+OK", ask(t, address, "SET lasting 1 EX 3600"))
	require.Eventually(t, func() bool { return ask(t, address, "EXISTS short-lived") == ":0" }, 10*time.Second, 20*time.Millisecond, "time runs")
	require.Equal(t, ":1", ask(t, address, "EXISTS lasting"))
	r.FlushAll()
	require.Equal(t, ":0", ask(t, address, "EXISTS lasting"))
	r.Stop()
	requireClosed(t, address)
}

func TestStripeStartsKeepsItsStateAndStops(t *testing.T) {
	options := stripesim.Options{Now: time.Now, SecretKey: "sk_test_embedded", StateFile: filepath.Join(t.TempDir(), "stripe.json")}
	first, err := embedded.StartStripe(options)
	require.NoError(t, err)
	address := requireLoopback(t, first.URL())
	require.NoError(t, first.Fund("gbp", 100))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, first.URL()+"/v1/test/check", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer sk_test_embedded")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	first.Stop()
	requireClosed(t, address)

	second, err := embedded.StartStripe(options)
	require.NoError(t, err)
	defer second.Stop()
	require.NoError(t, second.Check())
	_, err = embedded.StartStripe(stripesim.Options{Now: time.Now, StateFile: t.TempDir()})
	require.Error(t, err, "a folder is no state file")
	for _, address := range []string{"", ":0", "0.0.0.0:0", "[::]:0", "example.com:80", "localhost:0", "127.0.0.1"} {
		_, err = embedded.StartStripeAt(address, stripesim.Options{Now: time.Now})
		require.Error(t, err, address)
	}
}
