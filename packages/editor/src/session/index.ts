export type { Preview } from '@autodrag/autodrag';
export { createLocalSession } from './create-local-session.js';
export { createRemoteSession, type RemoteSessionOptions } from './create-remote-session.js';
export { createWorkerSession, type WorkerSessionOptions } from './create-worker-session.js';
export type {
  CallOptions,
  CodedPicture,
  DragMethodName,
  DragOutcome,
  DragRequest,
  EditorSession,
  ModelSource,
  SampleRequest,
  SendableSource,
  SessionEvent,
  SessionInfo,
  StartOptions,
} from './editor-session.js';
export type { Port } from './port.js';
export { serveSession } from './serve-session.js';
