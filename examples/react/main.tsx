import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { DragPicture } from './drag-picture.js';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <DragPicture seed={7} />
  </StrictMode>,
);
