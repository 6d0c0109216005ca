// Package match finds, for a message as people really send it, the published
// text that answers it, and says how sure it is that there is one.
//
// An Index holds documents in memory. Search ranks them for a message:
//
//	ix := match.New(match.Options{})
//	ix.Put(match.Doc{ID: "dam", Claim: "Đêm nay thủy điện xả lũ, ba huyện sẽ ngập"})
//	r := ix.Search(match.Query{Text: "dem nay thuy dien xa lu 3 huyen ngap het ne ba con oi"})
//	switch r.Outcome {
//	case match.Answer:     // r.Hits[0] answers the message
//	case match.Candidates: // perhaps one of r.Hits
//	case match.None:       // no document answers it; r.Hits are merely nearest
//	}
//
// # What happens to a message
//
// Its words are read by package viet, so that decomposed marks, styled letters
// and missing diacritics make no difference, and everything but Vietnamese
// syllables is reduced by the English Snowball stemmer (Porter, 2001), on both
// sides alike. A document whose Lang names another language that Snowball has a
// stemmer for (Arabic, Danish, Dutch, Finnish, French, German, Hungarian, Irish,
// Italian, Norwegian, Portuguese, Romanian, Russian, Spanish, Swedish, Tamil,
// Turkish) is reduced by that one; a message, whose language nobody states, is
// read in each of the up to eight languages of which the index holds most
// documents. Stems are folded and shared by all languages, so that names,
// numbers and loans meet across them. An index without such documents works as
// if there were no stemmers but the English one. Hashtags and handles are cut into words. A word that the index
// does not know, but whose reading as Telex, VNI or chat spelling it does, is
// replaced by that reading. Words that a large share of the documents hold say
// nothing and find nothing.
//
// A long message is cut into sentences and groups of sentences, and each is
// matched by itself, because a claim drowns in the chain letter around it.
//
// # How documents are ranked
//
// Candidates come from BM25F (Robertson, Zaragoza and Taylor, "Simple BM25
// Extension to Multiple Weighted Fields", CIKM 2004) over words and
// neighbouring pairs of words. The best of them are looked at word by word, and
// what is found becomes features: how much of the message's weight the document
// covers and the other way round, field by field, pairs, the longest common
// run, accented forms, numbers, names. A linear model weighs them, differently in
// short and long messages, known and unknown words, short and long documents.
// None of its weights is negative, so that nothing a document has in common with
// the message can count against it. Query.Explain returns its terms, which sum
// to the score.
//
// # Knowing when there is nothing
//
// A score cannot say whether the best document is good enough, since the best
// of a bad lot is still the best. Two logistic models look at the best hit, its
// lead over the next and the message itself: Hit.Probability is the chance that
// this document answers the message, Result.Present that the answer is among
// the first hits at all. Both were fitted on real messages, damaged in many
// ways, with the answers of half of them taken out of the index; small indexes
// were among them, because rarity means little where there are few documents.
//
// # Weights
//
// The weights in weights.go are learned by cmd/matchtrain from the training
// parts of public collections, English and Vietnamese; docs/performance.md
// gives the command and the measurements.
//
// # Privacy
//
// A search keeps nothing: what it remembers of a message is cleared before the
// call returns. Documents stay in memory until they are deleted, the single
// words they were made of for the life of the index.
package match
