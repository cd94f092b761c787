// The table at the end: figure, ratio, goal, reached.
const rows = [];

export function row(what, figure, ratio = '', goal = '', reached = undefined) {
  rows.push([what, figure, ratio, goal, reached === undefined ? '' : reached ? 'yes' : 'NO']);
}

export function table() {
  const all = [['', 'figure', 'ratio', 'goal', 'reached'], ...rows];
  const width = all[0].map((_, i) => Math.max(...all.map((r) => r[i].length)));
  return all.map((r) => r.map((cell, i) => cell.padEnd(width[i])).join('  ').trimEnd()).join('\n');
}
