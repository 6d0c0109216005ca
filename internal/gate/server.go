package gate

import (
	"log"
	"net/http"
	"sync/atomic"
	"time"
)

// The limits of a connection.
const (
	headerTime = 5 * time.Second
	bodyTime   = 30 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 60 * time.Second
	// net/http reads up to 4 KiB more than it is told.
	headerMax = 16<<10 - 4<<10
)

// Server returns a server of h with the limits of a public one: 5 s for the
// headers, which may hold 16 KiB, 30 s for headers and body, 30 s to write the
// answer, 60 s of idleness, 64 streams to an HTTP/2 connection, and no more
// connections than Config.Connections. Its error log goes nowhere: net/http
// writes addresses there. Stats counts the lines.
//
// The caller sets Addr and TLSConfig, leaves ConnState and ConnContext alone, and
// starts and stops it.
func (g *Gate) Server(h http.Handler) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Server{
		Handler:                      working(h),
		ConnContext:                  g.connections.arrive,
		ConnState:                    g.connections.note,
		ReadHeaderTimeout:            headerTime,
		ReadTimeout:                  bodyTime,
		WriteTimeout:                 writeTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               headerMax,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(lineCounter{&g.count.lines}, "", 0),
		Protocols:                    &protocols,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          64,
			MaxDecoderHeaderTableSize:     4 << 10,
			MaxReadFrameSize:              16 << 10,
			MaxReceiveBufferPerConnection: 256 << 10,
			MaxReceiveBufferPerStream:     64 << 10,
			SendPingTimeout:               15 * time.Second,
			PingTimeout:                   15 * time.Second,
			WriteByteTimeout:              writeTime,
		},
	}
}

// lineCounter counts log lines and forgets them.
type lineCounter struct{ n *atomic.Uint64 }

func (c lineCounter) Write(line []byte) (int, error) {
	c.n.Add(1)
	return len(line), nil
}
