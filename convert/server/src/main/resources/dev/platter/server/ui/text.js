// Numbers and times as people read them.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function bytes(count) {
  if (count === null || count === undefined) {
    return '';
  }
  let unit = 0;
  let value = count;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

export function seconds(count) {
  if (count < 60) {
    return `${count} s`;
  }
  return count < 3600 ? `${Math.round(count / 60)} min` : `${Math.floor(count / 3600)} h ${Math.round(count % 3600 / 60)} min`;
}

export function time(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toLocaleString(undefined, {dateStyle: 'medium', timeStyle: 'short'});
}

export function day(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toLocaleDateString(undefined, {dateStyle: 'medium'});
}

/** How far something is, in a line. */
export function progressText({phase, bytes_done: done, bytes_total: total, bytes_per_second: rate, seconds_left: left}) {
  const parts = [total ? `${phase}: ${bytes(done)} of ${bytes(total)}` : `${phase}: ${bytes(done)}`];
  if (rate) {
    parts.push(`${bytes(rate)}/s`);
  }
  if (left !== null && left !== undefined) {
    parts.push(`${seconds(left)} left`);
  }
  return parts.join(', ');
}

const STATUS_KINDS = {active: 'good', success: 'good', OK: 'good', killed: 'bad', failure: 'bad', FAILED: 'bad', deactivated: 'warn'};

/** Which kind of badge a state is. */
export function statusKind(status) {
  return STATUS_KINDS[status] || '';
}
