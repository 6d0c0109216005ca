// Package dump makes the published corpus into files that anybody may take:
// every check with its versions, evidence, owner and funders as NDJSON, CSV, a
// DataFeed of ClaimReview and a SQLite file, and one page that searches it all
// without a network.
//
// A set of files is made from one snapshot, in a folder of its own under a
// name that holds a hash of its content, and becomes the latest in one step:
// whatever stops the program, readers find the set before or the set after. A
// set holds nothing of questions, members or times finer than a day. What an
// order withholds is there without its words, what was erased is gone, and the
// sets that still hold it are deleted.
package dump
