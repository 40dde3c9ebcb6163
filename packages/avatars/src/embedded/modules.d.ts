/** Weight files in base64, made modules by tsup.config.ts. */
declare module 'base64:*' {
  const content: string;
  export default content;
}
