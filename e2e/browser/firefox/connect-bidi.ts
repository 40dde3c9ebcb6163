type Answer = { id?: number; type: string; result: unknown; error?: string; message?: string };
type Waiting = { resolve(result: unknown): void; reject(error: Error): void };

export type BidiConnection = {
  ask<Result>(method: string, params: object): Promise<Result>;
  close(): void;
};

/** Commands of WebDriver BiDi and their answers; events are of no interest. */
export async function connectBidi(address: string, patience: number): Promise<BidiConnection> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, Waiting>();
  let next = 1;
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no connection to ${address}`));
  });
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error('The browser has closed the connection.'));
  };
  socket.onmessage = ({ data }) => {
    const { id, type, result, error, message } = JSON.parse(String(data)) as Answer;
    const one = id === undefined ? undefined : waiting.get(id);
    if (type === 'success') one?.resolve(result);
    else if (type === 'error') one?.reject(new Error(`${error}: ${message}`));
  };
  return {
    async ask<Result>(method: string, params: object) {
      const id = next++;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      const timer = setTimeout(() => waiting.get(id)?.reject(new Error(`${method}: no answer`)), patience);
      socket.send(JSON.stringify({ id, method, params }));
      try {
        return (await answer) as Result;
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },
    close: () => socket.close(),
  };
}
