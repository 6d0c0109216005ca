package store

// LowSpace is the free space, in bytes, below which a desk takes no more
// questions: what is left belongs to what was accepted.
const LowSpace = 256 << 20

// FolderProblem says why a database does not belong in dir: a file system on
// which locks cannot be trusted is desk.Invalid.
func FolderProblem(dir string) error { return refuseNetworkFolder(dir) }
