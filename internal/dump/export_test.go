package dump

import "io"

// FailAfter makes the folder's disk full after n bytes of each file from the
// one numbered first.
func (f *Folder) FailAfter(n, first int, err error) {
	made := 0
	f.create = func(path string) (diskFile, error) {
		out, e := create(path)
		if made++; e != nil || made <= first {
			return out, e
		}
		return &full{out, n, err}, nil
	}
}

// Heal takes the fault away.
func (f *Folder) Heal() { f.create = create }

type full struct {
	diskFile
	left int
	err  error
}

func (d *full) Write(b []byte) (int, error) {
	if len(b) > d.left {
		n, _ := io.Writer(d.diskFile).Write(b[:d.left])
		d.left = 0
		return n, d.err
	}
	d.left -= len(b)
	return d.diskFile.Write(b)
}

func (d *full) Sync() error {
	if d.left == 0 {
		return d.err
	}
	return d.diskFile.Sync()
}
