// Package activation speaks with a service manager that holds the socket and
// waits for word: the protocol of systemd's sd_listen_fds and sd_notify, which
// others speak too. While the program restarts, whoever connects waits in the
// queue of the socket and is not refused.
package activation

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstSocket is the number of the first file that is handed over.
const firstSocket = 3

// Listener returns the one socket that the environment says was handed over,
// nil if there was none. getenv is os.Getenv and pid the number of this
// process: a variable that a parent left behind for itself means nothing.
func Listener(getenv func(string) string, pid int) (net.Listener, error) {
	if getenv("LISTEN_PID") != strconv.Itoa(pid) {
		return nil, nil
	}
	n, err := strconv.Atoi(getenv("LISTEN_FDS"))
	switch {
	case err != nil || n < 0:
		return nil, fmt.Errorf("LISTEN_FDS is %q", getenv("LISTEN_FDS"))
	case n == 0:
		return nil, nil
	case n > 1:
		return nil, fmt.Errorf("%d sockets were handed over and one is expected: name one ListenStream only", n)
	}
	f := os.NewFile(firstSocket, "the socket handed over")
	if f == nil {
		return nil, errors.New("LISTEN_FDS names a socket that is not there")
	}
	// FileListener works on a copy that children do not get.
	ln, err := net.FileListener(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the socket handed over: %w", err), f.Close())
	}
	return ln, f.Close()
}

// Notifier tells the service manager how far the program is. Its zero value
// tells nobody.
type Notifier struct{ socket string }

// NewNotifier reads where to send words; getenv is os.Getenv.
func NewNotifier(getenv func(string) string) Notifier {
	return Notifier{socket: getenv("NOTIFY_SOCKET")}
}

// Ready says that the program serves.
func (n Notifier) Ready() error { return n.send("READY=1") }

// Stopping says that it began to stop.
func (n Notifier) Stopping() error { return n.send("STOPPING=1") }

// send puts one datagram on a local socket. It opens no connection: the
// socket's name is the operator's and leads nowhere but into this machine.
func (n Notifier) send(words string) error {
	if n.socket == "" {
		return nil
	}
	name := n.socket
	if name[0] != '/' && name[0] != '@' {
		return fmt.Errorf("NOTIFY_SOCKET is %q, neither a path nor an abstract name", name)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram"})
	if err != nil {
		return err
	}
	_, err = conn.WriteToUnix([]byte(words), &net.UnixAddr{Name: name, Net: "unixgram"})
	return errors.Join(err, conn.Close())
}
