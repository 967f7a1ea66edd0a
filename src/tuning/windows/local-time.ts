/** An instant as the clocks of a time zone show it: `Mon 2026-03-02 02:00`. */
export function localTime(atMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const part = new Map(format.formatToParts(new Date(atMs)).map(({ type, value }) => [type, value]));
  const [weekday, year, month, day] = [part.get('weekday'), part.get('year'), part.get('month'), part.get('day')];
  return `${weekday} ${year}-${month}-${day} ${part.get('hour')}:${part.get('minute')}`;
}
