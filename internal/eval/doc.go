// Package eval measures the matcher: it reads judged collections, computes the
// usual retrieval measures, measures what happens when the right document is
// not there, damages messages the way forwarding damages them, and writes TREC
// run files.
//
// # Layout of a collection
//
//	docs.jsonl          one JSON object a line: id, title, claim, text, and optionally lang and day
//	queries.SPLIT.tsv   query id TAB text
//	qrels.SPLIT.tsv     TREC judgements: query id TAB 0 TAB document id TAB relevance
//
// # Measures
//
// MAP@k, R@k and MRR@k are those of trec_eval (map_cut, recall, recip_rank):
// an average over the queries that have at least one relevant document. See
// Buckley and Voorhees, "Retrieval System Evaluation", in TREC: Experiment and
// Evaluation in Information Retrieval, MIT Press 2005.
//
// The absent-answer measures answer a different question: does the program
// know when it does not know? The relevant documents of a seeded share of the
// queries are taken out of the index, and the outcomes over all queries are
// compared with what is still there to be found.
package eval
