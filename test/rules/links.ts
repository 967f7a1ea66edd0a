/** Links of Markdown pages to other files of the project. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Relative link targets in a page, anchors cut off, code blocks and web addresses left out. */
export function localLinksOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
  return targets.filter((target) => !/^(https?:|mailto:|#)/.test(target)).map((target) => target.replace(/#.*$/, ''));
}

/** Files a page names in code marks, such as `src/kube/watch.ts`; patterns and names without a folder are left out. */
export function namedFilesOf(markdown: string): readonly string[] {
  const marked = [...markdown.matchAll(/`([^`\s]+)`/g)].map(([, text]) => text ?? '');
  return marked.filter((text) => /^[\w.-]+\/[\w./-]*\.(ts|mjs|yaml|md|go)$/.test(text));
}

/** The page's local links that lead nowhere. */
export function deadLinksOf(root: string, page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return localLinksOf(text).filter((target) => !existsSync(join(root, dirname(page), target)));
}
