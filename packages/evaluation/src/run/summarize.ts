import { median } from '@autodrag/nn';
import { bootstrapInterval, type Interval } from '../metrics/bootstrap-interval.js';
import { frechetDistance } from '../metrics/frechet-distance.js';
import { mean } from '../metrics/mean.js';
import { remainingShare } from '../metrics/mean-distance.js';
import type { PointCount } from '../tasks/drag-task.js';
import type { DragRecord } from './drag-record.js';

/** Figures of one method on the tasks of one count of points; intervals are 95 % bootstrap intervals over drags. */
export type QualityRow = {
  readonly points: PointCount;
  readonly method: string;
  readonly drags: number;
  /** MD in pixels at 512, before and after. */
  readonly meanDistanceBefore: number;
  readonly meanDistance: Interval;
  /** Median of the remaining share of the distance. */
  readonly remaining: Interval;
  /** Share of the drags that end farther away than they began. */
  readonly worse: number;
  /** Means in pixels at 512: of what moved unasked, and of the least that the tasks need. */
  readonly collateral: number;
  readonly leastCollateral: number | null;
  /** Median motion of the anchors, and share of the drags where it is more than 0.5 % of the size. */
  readonly slip: Interval | null;
  readonly slipped: number | null;
  /** Median of the mean change of what a mask fixes, in 255ths. */
  readonly maskChange: Interval | null;
  readonly mse: number;
  readonly lpips: number | null;
  readonly identityDrift: number | null;
  /** Between the pictures after and before, in the features that the settings name. */
  readonly frechetDistance: number | null;
  /** Means over drags. */
  readonly steps: number;
  readonly forward: number;
  readonly backward: number;
};

/** How long a method took, on the machine that it ran on. */
export type SpeedRow = {
  readonly points: PointCount;
  readonly method: string;
  readonly drags: number;
  readonly medianMilliseconds: Interval;
};

/** Groups records, in a fixed order whatever the order of the lines: by points, then by method as it is listed. */
function grouped(records: readonly DragRecord[], methods: readonly string[]) {
  const counts: PointCount[] = [1, 5, 'all', 'anchors', 'mask'];
  return counts.flatMap((points) =>
    methods.map((method) => ({
      points,
      method,
      records: records.filter((one) => one.points === points && one.method === method).sort((a, b) => a.task - b.task),
    })),
  );
}

/**
 * @param methods names, in the order of the table
 * @param size longer side of the pictures
 */
export function summarizeQuality(
  records: readonly DragRecord[],
  methods: readonly string[],
  size: number,
): QualityRow[] {
  const scale = 512 / size;
  return grouped(records, methods)
    .filter((group) => group.records.length > 0)
    .map(({ points, method, records: all }) => {
      const seen = all.filter(({ after }) => Number.isFinite(after));
      const optional = (pick: (record: DragRecord) => number | undefined) => {
        const values = all.map(pick).filter((value) => value !== undefined);
        return values.length === all.length ? mean(values) : null;
      };
      const within = (pick: (record: DragRecord) => number | undefined) => {
        const values = seen.map(pick).filter((value) => value !== undefined);
        return values.length > 0 ? bootstrapInterval(values, median) : null;
      };
      const slips = seen.map(({ slip }) => slip).filter((slip) => slip !== undefined);
      const least = optional((record) => record.leastCollateral);
      return {
        points,
        method,
        drags: all.length,
        meanDistanceBefore: mean(all.map(({ before }) => before * scale)),
        meanDistance: bootstrapInterval(
          seen.map(({ after }) => after * scale),
          mean,
        ),
        remaining: bootstrapInterval(seen.map(remainingShare), median),
        worse: seen.filter(({ before, after }) => after > before).length / all.length,
        collateral: scale * mean(seen.map(({ collateral }) => collateral)),
        leastCollateral: least === null ? null : scale * least,
        slip: within(({ slip }) => (slip === undefined ? undefined : slip / size)),
        slipped: slips.length > 0 ? slips.filter((slip) => slip > 0.005 * size).length / slips.length : null,
        maskChange: within(({ maskChange }) => maskChange),
        mse: mean(all.map(({ mse }) => mse)),
        lpips: optional((record) => record.lpips),
        identityDrift: optional((record) => record.identityDrift),
        frechetDistance: frechetOf(all, records, points),
        steps: mean(all.map(({ steps }) => steps)),
        forward: mean(all.map(({ forward }) => forward)),
        backward: mean(all.map(({ backward }) => backward)),
      };
    });
}

/** Against the pictures before the same tasks, which the method `none` leaves as they are. */
function frechetOf(edited: readonly DragRecord[], all: readonly DragRecord[], points: PointCount): number | null {
  const tasks = new Set(edited.map(({ task }) => task));
  const before = all.filter((one) => one.method === 'none' && one.points === points && tasks.has(one.task));
  const rows = [edited, before].map((set) =>
    [...set].sort((a, b) => a.task - b.task).flatMap(({ features }) => (features ? [features] : [])),
  ) as [number[][], number[][]];
  if (rows[0].length < 2 || rows[0].length !== edited.length || rows[1].length !== edited.length) return null;
  return Math.max(0, frechetDistance(rows[0], rows[1]));
}

/** @param methods names, in the order of the table */
export function summarizeSpeed(records: readonly DragRecord[], methods: readonly string[]): SpeedRow[] {
  return grouped(records, methods)
    .filter((group) => group.records.length > 0)
    .map(({ points, method, records: all }) => ({
      points,
      method,
      drags: all.length,
      medianMilliseconds: bootstrapInterval(
        all.map(({ milliseconds }) => milliseconds),
        median,
      ),
    }));
}
