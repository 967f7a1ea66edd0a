/** Numbers as sentences show them. */

/** 12345.6 → `12,346`. */
export function whole(value: number): string {
  return Math.round(value)
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 23.34 → `23.3`, 0.004 → `0`, 1234.5 → `1,235`: one decimal below 100. */
export function amount(value: number): string {
  if (Math.abs(value) >= 99.95) return whole(value);
  const text = value.toFixed(1);
  return text.endsWith('.0') ? text.slice(0, -2).replace(/^-0$/, '0') : text;
}

/** 0.001 → `0.1%`, 0.0275 → `2.75%`, 0.00004 → `0.004%`: at most two significant decimals. */
export function percent(share: number): string {
  const hundredths = share * 100;
  if (hundredths === 0) return '0%';
  const decimals = hundredths >= 0.01 ? 2 : 4;
  const text = hundredths.toFixed(decimals).replace(/0+$/, '').replace(/\.$/, '');
  return `${text === '0' ? '<0.0001' : text}%`;
}

/** Milliseconds → `6h`, `1h30m`, `45s`: two units at most, rounded down. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return m > 0 ? `${h}h${m}m` : `${h}h`;
  if (m > 0) return s > 0 ? `${m}m${s}s` : `${m}m`;
  return `${s}s`;
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
