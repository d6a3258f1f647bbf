package testkit

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/embedded"
)

// Redis is a numbered database on a Redis: in this process by default, on the server at TRIBUTARY_TEST_REDIS_URL when that is set.
type Redis struct {
	at     url.URL
	number int
}

// NewRedis gives an empty database. Each package that empties its own has another number, so that none disturbs another.
func NewRedis(t testing.TB, number int) Redis {
	t.Helper()
	server := os.Getenv("TRIBUTARY_TEST_REDIS_URL")
	if server == "" {
		require.NotEqual(t, "1", os.Getenv("TRIBUTARY_TEST_REQUIRE_SERVERS"), "TRIBUTARY_TEST_REQUIRE_SERVERS=1, but TRIBUTARY_TEST_REDIS_URL is not set")
		own, err := embedded.StartRedis()
		require.NoError(t, err)
		t.Cleanup(own.Stop)
		server = own.URL()
	}
	at, err := url.Parse(server)
	require.NoError(t, err)
	at.Path = fmt.Sprintf("/%d", number)
	r := Redis{at: *at, number: number}
	require.NoError(t, r.Empty())
	return r
}

// URL is its address.
func (r Redis) URL() string { return r.at.String() }

// Empty loses every key, as a Redis does that is started again with nothing kept.
func (r Redis) Empty() error {
	connection, err := net.Dial("tcp", r.at.Host)
	if err != nil {
		return err
	}
	defer connection.Close()
	answers := bufio.NewScanner(connection)
	for _, command := range []string{fmt.Sprintf("*2\r\n$6\r\nSELECT\r\n$1\r\n%d\r\n", r.number), "*1\r\n$7\r\nFLUSHDB\r\n"} {
		if _, err := fmt.Fprint(connection, command); err != nil {
			return err
		}
		if !answers.Scan() || answers.Text() != "+OK" {
			return fmt.Errorf("empty Redis: %q", answers.Text())
		}
	}
	return nil
}
