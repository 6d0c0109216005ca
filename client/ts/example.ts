// How the types are used, and what they refuse. Checked by tsc, never run.
import type { components, paths } from "./api";

type Found = paths["/api/v1/lookup"]["post"]["responses"]["200"]["content"]["application/json"];
type Problem = components["schemas"]["Problem"];
type Request = components["schemas"]["LookupRequest"];

/** Looks one text up. Not callable from a page of another site: the desk refuses that. */
export async function lookup(site: string, text: string): Promise<Found | Problem> {
  const body: Request = { text };
  const answer = await fetch(`${site}/api/v1/lookup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    credentials: "omit",
    redirect: "error",
  });
  return (await answer.json()) as Found | Problem;
}

/** What to show of an answer: the verdict, whose it is, what differs, and the line. */
export function lines(found: Found, language: "vi" | "en"): string[] {
  if (found.answer === undefined) {
    return found.candidates.map((c) => c.check.claim);
  }
  const { check, differs } = found.answer;
  return [
    check.verdict?.[language] ?? check.rating ?? "",
    `${check.desk.name}: ${check.desk.owner} · ${check.desk.funders}`,
    ...differs.map((d) => d.words[language]),
    check.line[language],
  ];
}

// One text a call, and no score: the types know.
// @ts-expect-error a list is not taken
export const many: Request = [{ text: "a" }, { text: "b" }];
// @ts-expect-error nor several texts
export const several: Request = { texts: ["a", "b"] };
// @ts-expect-error there is no score
export const score = (found: Found): number => found.answer.score;
