package bench

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// peakMiB gives the most memory this process ever held, filling the scratch database included.
func peakMiB() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss / 1024 // Linux counts in KiB
}

// coreTime gives the processor time that this process has used. Where others keep the machine busy it grows only while
// the process itself runs.
func coreTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// serverProcess finds the process of a database's server that runs on this machine: 0 for another, and for SQLite.
func serverProcess(ctx context.Context, pool *sql.DB) int {
	var path string
	if pool.QueryRowContext(ctx, "SELECT @@pid_file").Scan(&path) != nil {
		return 0
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	id, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return id
}

// ticksPerSecond is in what Linux tells the processor time of a process.
const ticksPerSecond = 100

// databaseTime gives the processor time that the database's server has used, as far as it can be told.
func (c *apiClient) databaseTime() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.server))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // from the third on: the second is a name
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(string(fields[11]), 10, 64)
	system, _ := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * time.Second / ticksPerSecond
}
