package embed

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// The dimensions an answer may have, both included.
const (
	DimensionMin = 8
	DimensionMax = 4096
)

// numberMax is how many bytes one number of an answer may take, white space
// and comma included; the longest float32 in decimal takes 17.
const numberMax = 40

// answerMax is how many bytes an answer to n texts may have.
func answerMax(n int) int64 { return int64(16<<10 + n*DimensionMax*numberMax) }

// errAnswer says that the server's answer is not what it should be.
var errAnswer = errors.New("not an answer")

// parse reads an answer of kind k to n texts and returns n unit vectors of one
// dimension.
func parse(k Kind, body []byte, n int) ([][]float32, error) {
	read := parseOpenAI
	if k == Ollama {
		read = parseOllama
	}
	vectors, err := read(body, n)
	if err != nil {
		return nil, err
	}
	for i, v := range vectors {
		if len(v) < DimensionMin || len(v) > DimensionMax || len(v) != len(vectors[0]) {
			return nil, fmt.Errorf("%w: vector %d has %d components", errAnswer, i, len(v))
		}
		if !normalise(v) {
			return nil, fmt.Errorf("%w: vector %d has no direction", errAnswer, i)
		}
	}
	return vectors, nil
}

// parseOpenAI reads {"data":[{"index":0,"embedding":[…]},…]}. The entries may
// come in any order, but each text has exactly one.
func parseOpenAI(body []byte, n int) ([][]float32, error) {
	var answer struct {
		Data []struct {
			Index     *int      `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, malformed(err)
	}
	if len(answer.Data) != n {
		return nil, fmt.Errorf("%w: %d vectors for %d texts", errAnswer, len(answer.Data), n)
	}
	out := make([][]float32, n)
	for i, d := range answer.Data {
		at := i
		if d.Index != nil {
			at = *d.Index
		}
		if at < 0 || at >= n || out[at] != nil || d.Embedding == nil {
			return nil, fmt.Errorf("%w: texts without their own vector", errAnswer)
		}
		out[at] = d.Embedding
	}
	return out, nil
}

// parseOllama reads {"embeddings":[[…],…]}.
func parseOllama(body []byte, n int) ([][]float32, error) {
	var answer struct {
		Embeddings [][]float32 `json:"embeddings"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, malformed(err)
	}
	if len(answer.Embeddings) != n {
		return nil, fmt.Errorf("%w: %d vectors for %d texts", errAnswer, len(answer.Embeddings), n)
	}
	return answer.Embeddings, nil
}

// malformed keeps what the server wrote out of the error: it may repeat the
// text it was sent, and errors go to the log.
func malformed(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w: broken JSON at byte %d", errAnswer, syntax.Offset)
	}
	return fmt.Errorf("%w: JSON of another shape", errAnswer)
}

// normalise gives v length 1 and reports whether it had a direction.
func normalise(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	length := math.Sqrt(sum)
	if length == 0 || math.IsInf(length, 0) || math.IsNaN(length) {
		return false
	}
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
	return true
}
