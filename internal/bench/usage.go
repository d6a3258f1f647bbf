package bench

import (
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
