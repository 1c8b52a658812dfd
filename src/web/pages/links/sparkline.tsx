const WIDTH = 160;
const HEIGHT = 32;

/** The last values of something, oldest first, without axes: its course at a glance. */
export function Sparkline({
  values,
  top,
  summary,
}: {
  readonly values: readonly number[];
  /** What the full height stands for; the largest value unless that is more. */
  readonly top: number;
  /** What it says, for those who do not see it. */
  readonly summary: string;
}) {
  const highest = Math.max(top, ...values);
  const x = (place: number): number => (values.length < 2 ? WIDTH : (place / (values.length - 1)) * WIDTH);
  const y = (value: number): number => HEIGHT - 2 - (highest === 0 ? 0 : (value / highest) * (HEIGHT - 4));
  const line = values.map((value, place) => `${place === 0 ? 'M' : 'L'}${x(place).toFixed(1)} ${y(value).toFixed(1)}`);
  return (
    <svg
      className="chart sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={summary}
    >
      <line className="chart-grid" x1={0} x2={WIDTH} y1={HEIGHT - 2} y2={HEIGHT - 2} />
      {values.length > 1 && (
        <>
          <path className="chart-area" d={`${line.join('')}L${WIDTH} ${HEIGHT - 2}L0 ${HEIGHT - 2}Z`} />
          <path className="chart-line" d={line.join('')} />
        </>
      )}
    </svg>
  );
}
