package app

import (
	"net"
	"sync"
	"sync/atomic"
)

// wire stands between a worker and a server. It can be cut, it can be dead for a while, and what goes over it decides what
// becomes of it.
type wire struct {
	listener net.Listener
	upstream string
	judge    func(sent []byte) (fate, func()) // of what the worker sends; nil lets all pass
	mu       sync.Mutex
	lines    map[*line]bool
	isDown   bool
	refused  atomic.Int64 // while it was down
}

// fate is what becomes of something that was sent.
type fate int

const (
	arrives    fate = iota
	isLost          // it does not arrive, and the connection ends
	losesReply      // it arrives and is carried out; instead of the reply the connection ends
)

type line struct {
	worker, server net.Conn
	then           atomic.Pointer[func()] // what happens instead of the next reply
}

func newWire(upstream string, judge func([]byte) (fate, func())) (*wire, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{listener: listener, upstream: upstream, judge: judge, lines: map[*line]bool{}}
	go w.accept()
	return w, nil
}

func (w *wire) address() string { return w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		worker, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.connect(worker)
	}
}

func (w *wire) connect(worker net.Conn) {
	server, err := net.Dial("tcp", w.upstream)
	if err != nil {
		_ = worker.Close()
		return
	}
	l := &line{worker: worker, server: server}
	w.mu.Lock()
	if w.isDown {
		w.mu.Unlock()
		l.end()
		w.refused.Add(1)
		return
	}
	w.lines[l] = true
	w.mu.Unlock()
	go w.forth(l)
	w.back(l)
	w.mu.Lock()
	delete(w.lines, l)
	w.mu.Unlock()
}

func (l *line) end() {
	_ = l.worker.Close()
	_ = l.server.Close()
}

// forth carries what the worker sends.
func (w *wire) forth(l *line) {
	defer l.end()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.worker.Read(buffer)
		if err != nil {
			return
		}
		what, then := arrives, func() {}
		if w.judge != nil {
			what, then = w.judge(buffer[:n])
		}
		switch what {
		case isLost:
			then()
			return
		case losesReply:
			l.then.Store(&then)
		}
		if _, err := l.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// back carries what the server replies.
func (w *wire) back(l *line) {
	defer l.end()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.server.Read(buffer)
		if err != nil {
			return
		}
		if then := l.then.Load(); then != nil {
			(*then)()
			return
		}
		if _, err := l.worker.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// cut ends every connection; new ones can be made.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.lines {
		l.end()
	}
}

// senders gives the addresses that the server sees.
func (w *wire) senders() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var addresses []string
	for l := range w.lines {
		addresses = append(addresses, l.server.LocalAddr().String())
	}
	return addresses
}

// down ends every connection and takes no new one, until it is up again.
func (w *wire) down(isDown bool) {
	w.mu.Lock()
	w.isDown = isDown
	w.mu.Unlock()
	if isDown {
		w.cut()
	}
}

func (w *wire) close() {
	_ = w.listener.Close()
	w.down(true)
}
