/** Links of Markdown pages to other files of the project. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Relative link targets in a page, anchors cut off, code blocks and web addresses left out. */
export function localLinksOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
  return targets.filter((target) => !/^(https?:|mailto:|#)/.test(target)).map((target) => target.replace(/#.*$/, ''));
}

/** The page's local links that lead nowhere. */
export function deadLinksOf(root: string, page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return localLinksOf(text).filter((target) => !existsSync(join(root, dirname(page), target)));
}
