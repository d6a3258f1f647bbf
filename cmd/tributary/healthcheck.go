package main

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

type healthcheckCmd struct{}

// Run asks /readyz of the process that listens on the configured address, over loopback.
func (healthcheckCmd) Run(r run) error {
	_, port, err := net.SplitHostPort(r.config.Addr)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + net.JoinHostPort("127.0.0.1", port) + "/readyz")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", response.Status)
	}
	return nil
}
