import './types';
declare module './types' {
  interface Users { seconds: number; requests: number; errors: number; error_rate: number; p50_ms: number; p99_ms: number }
  interface Evidence { errors: number; latency: number; combined: number; threshold: number }
  interface Upstream { users?: Users }
  interface Endpoint { cause?: string; since?: string | null }
  interface Rollout { evidence?: Evidence | null }
  interface You { author: string; role: string }
  interface Status { you?: You }
  interface History { next?: number }
  interface SeriesUsers { requests: number[]; errors: number[]; p50_ms: (number | null)[]; p99_ms: (number | null)[] }
  interface SeriesVersion { name: string; share: number[]; requests: number[]; errors: number[]; p50_ms: (number | null)[]; p90_ms: (number | null)[]; p99_ms: (number | null)[] }
  interface SeriesEvidence { version: string; log10_e: (number | null)[]; threshold_log10: number }
  interface Series { interval_ms: number; at: number[]; users: SeriesUsers; versions: SeriesVersion[]; evidence: SeriesEvidence[] }
  interface AuditEntry { id: number; at: string; author: string; role?: string; from: string; action: string; upstream?: string; target?: string; reason?: string; result: string; status: number; revision?: number }
  interface Audit { entries: AuditEntry[]; next?: number }
}
