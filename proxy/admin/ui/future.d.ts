import './types';
declare module './types' {
  interface History { next?: number }
  interface AuditEntry { id: number; at: string; author: string; role?: string; from: string; action: string; upstream?: string; target?: string; reason?: string; result: string; status: number; revision?: number }
  interface Audit { entries: AuditEntry[]; next?: number }
}
