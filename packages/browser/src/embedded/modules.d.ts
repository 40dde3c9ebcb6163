/** Modules that tsup.config.ts makes of the files of tfjs-backend-wasm. */
declare module 'embedded:*' {
  const content: string;
  export default content;
}
declare module 'glue:*' {
  /** Emscripten's factory of the wasm module. */
  const factory: (settings: object) => Promise<unknown>;
  export default factory;
}
