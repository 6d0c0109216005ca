package embed

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHostileAnswers(t *testing.T) {
	one := `[1,0,0,0,0,0,0,2]`
	for name, c := range map[string]struct {
		kind Kind
		body string
		good bool
	}{
		"openai":             {OpenAI, `{"data":[{"index":1,"embedding":` + one + `},{"index":0,"embedding":` + one + `}],"usage":{}}`, true},
		"openai, no index":   {OpenAI, `{"data":[{"embedding":` + one + `},{"embedding":` + one + `}]}`, true},
		"ollama":             {Ollama, `{"model":"m","embeddings":[` + one + `,` + one + `],"total_duration":1}`, true},
		"an index twice":     {OpenAI, `{"data":[{"index":0,"embedding":` + one + `},{"index":0,"embedding":` + one + `}]}`, false},
		"an index too large": {OpenAI, `{"data":[{"index":0,"embedding":` + one + `},{"index":2,"embedding":` + one + `}]}`, false},
		"an index below 0":   {OpenAI, `{"data":[{"index":0,"embedding":` + one + `},{"index":-1,"embedding":` + one + `}]}`, false},
		"a huge index":       {OpenAI, `{"data":[{"index":0,"embedding":` + one + `},{"index":99999999999999999999,"embedding":` + one + `}]}`, false},
		"no embedding":       {OpenAI, `{"data":[{"index":0,"embedding":` + one + `},{"index":1}]}`, false},
		"base64":             {OpenAI, `{"data":[{"index":0,"embedding":"AAAA"},{"index":1,"embedding":"AAAA"}]}`, false},
		"too few":            {OpenAI, `{"data":[{"index":0,"embedding":` + one + `}]}`, false},
		"too many":           {Ollama, `{"embeddings":[` + one + `,` + one + `,` + one + `]}`, false},
		"none":               {Ollama, `{}`, false},
		"null":               {Ollama, `{"embeddings":[null,null]}`, false},
		"two dimensions":     {Ollama, `{"embeddings":[` + one + `,[1,0,0,0,0,0,0,0,0]]}`, false},
		"too short":          {Ollama, `{"embeddings":[[1,2],[1,2]]}`, false},
		"zero":               {Ollama, `{"embeddings":[` + one + `,[0,0,0,0,0,0,0,0]]}`, false},
		"zero, nearly":       {Ollama, `{"embeddings":[` + one + `,[1e-60,0,0,0,0,0,0,-0]]}`, false},
		"overflow":           {Ollama, `{"embeddings":[` + one + `,[1e39,0,0,0,0,0,0,0]]}`, false},
		"overflow more":      {Ollama, `{"embeddings":[` + one + `,[1e999,0,0,0,0,0,0,0]]}`, false},
		"NaN":                {Ollama, `{"embeddings":[` + one + `,[NaN,0,0,0,0,0,0,0]]}`, false},
		"Infinity":           {Ollama, `{"embeddings":[` + one + `,[-Infinity,0,0,0,0,0,0,0]]}`, false},
		"strings":            {Ollama, `{"embeddings":[` + one + `,["1","0","0","0","0","0","0","0"]]}`, false},
		"deep":               {Ollama, `{"embeddings":` + strings.Repeat("[", 20_000), false},
		"the other protocol": {OpenAI, `{"embeddings":[` + one + `,` + one + `]}`, false},
		"more behind":        {Ollama, `{"embeddings":[` + one + `,` + one + `]}{}`, false},
		"an error":           {Ollama, `{"error":"model not found"}`, false},
		"binary":             {Ollama, "\x00\xff", false},
	} {
		got, err := parse(c.kind, []byte(c.body), 2)
		if (err == nil) != c.good {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// FuzzAnswer: an answer is refused or whole, and what is taken are unit vectors
// of one dimension.
func FuzzAnswer(f *testing.F) {
	seeds, err := filepath.Glob("testdata/answers/*")
	if err != nil || len(seeds) < 3 {
		f.Fatalf("%d seeds, %v", len(seeds), err)
	}
	for _, name := range seeds {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, strings.Contains(name, "ollama"), uint8(2))
	}
	f.Fuzz(func(t *testing.T, body []byte, ollama bool, n uint8) {
		k := OpenAI
		if ollama {
			k = Ollama
		}
		texts := int(n%TextsMax) + 1
		got, err := parse(k, body, texts)
		if err != nil {
			return
		}
		if len(got) != texts {
			t.Fatalf("%d vectors for %d texts", len(got), texts)
		}
		for _, v := range got {
			sum := 0.0
			for _, x := range v {
				sum += float64(x) * float64(x)
			}
			if len(v) != len(got[0]) || len(v) < DimensionMin || len(v) > DimensionMax || math.Abs(sum-1) > 1e-3 {
				t.Fatalf("%d components of length %v", len(v), math.Sqrt(sum))
			}
		}
	})
}
