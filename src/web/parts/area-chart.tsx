import { VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';

const HEIGHT = 140;
const LABELS = 22;
const number = new Intl.NumberFormat('en', { notation: 'compact' });

/** Numbers over time, as an area; each can be read off with the pointer or the arrow keys. */
export function AreaChart({
  values,
  above,
  ends,
  colours = 'plain',
  labelOf,
  summary,
}: {
  readonly values: readonly number[];
  /** As many more, drawn on top of them. */
  readonly above?: readonly number[];
  /** What stands below its two ends. */
  readonly ends?: readonly [begin: string, end: string];
  /** `outcome`: the values are good, and those above bad. */
  readonly colours?: 'plain' | 'outcome';
  /** What is said of one value. */
  readonly labelOf: (place: number, value: number) => string;
  /** What the chart says as a whole, for those who do not see it. */
  readonly summary: string;
}) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [place, setPlace] = useState<number>();
  const sums = above === undefined ? values : values.map((value, at) => value + (above[at] ?? 0));
  const top = niceMaximum(Math.max(1, ...sums));
  const plot = HEIGHT - LABELS;
  const x = (at: number): number => (values.length < 2 ? 0 : (at / (values.length - 1)) * width);
  const y = (value: number): number => plot - (value / top) * (plot - 8);
  const lineOf = (numbers: readonly number[]): string =>
    numbers.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const line = lineOf(values);
  const move = (by: number): void => setPlace(Math.min(values.length - 1, Math.max(0, (place ?? values.length) + by)));
  const shown = place === undefined ? undefined : values[place];
  return (
    <div ref={ref}>
      <svg
        className={colours === 'outcome' ? 'chart chart-outcome' : 'chart'}
        height={HEIGHT}
        role="img"
        aria-label={summary}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its values are read with the arrow keys
        tabIndex={0}
        onPointerMove={({ clientX, currentTarget }) => {
          const { left } = currentTarget.getBoundingClientRect();
          setPlace(
            Math.min(values.length - 1, Math.max(0, Math.round(((clientX - left) / width) * (values.length - 1)))),
          );
        }}
        onPointerLeave={() => setPlace(undefined)}
        onBlur={() => setPlace(undefined)}
        onKeyDown={({ key }) => {
          if (key === 'ArrowLeft') move(-1);
          if (key === 'ArrowRight') move(1);
        }}
      >
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line className="chart-grid" x1={0} x2={width} y1={y(top * share)} y2={y(top * share)} />
            {share > 0 && (
              <text className="chart-label" x={0} y={y(top * share) - 4}>
                {number.format(top * share)}
              </text>
            )}
          </g>
        ))}
        {width > 0 && (
          <>
            {above !== undefined && <path className="chart-above" d={`${lineOf(sums)}L${width} ${plot}L0 ${plot}Z`} />}
            <path className="chart-area" d={`${line}L${width} ${plot}L0 ${plot}Z`} />
            <path className="chart-line" d={line} />
          </>
        )}
        {place === undefined && ends !== undefined && width > 0 && (
          <>
            <text className="chart-label" x={0} y={HEIGHT - 4}>
              {ends[0]}
            </text>
            <text className="chart-label" x={width} y={HEIGHT - 4} textAnchor="end">
              {ends[1]}
            </text>
          </>
        )}
        {place !== undefined && shown !== undefined && (
          <>
            <line className="chart-cursor" x1={x(place)} x2={x(place)} y1={0} y2={plot} />
            <circle className="chart-point" cx={x(place)} cy={y(shown)} r={4} />
            <text
              className="chart-label"
              x={Math.min(Math.max(x(place), 70), Math.max(70, width - 70))}
              y={HEIGHT - 4}
              textAnchor="middle"
            >
              {labelOf(place, shown)}
            </text>
          </>
        )}
      </svg>
      <VisuallyHidden aria-live="polite">
        {place !== undefined && shown !== undefined ? labelOf(place, shown) : ''}
      </VisuallyHidden>
    </div>
  );
}

/** The next larger of 2, 4, 10, 20, 40, 100…: half of it is a whole number too. */
function niceMaximum(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [2, 4, 10, 20].map((step) => step * power).find((one) => one >= value) ?? value;
}
