import { type ReactNode, useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useHost } from '../host/context';
import { useTheme } from '../host/theme';
import './Modal.css';

interface Props {
  /** Read out when it opens, and seen at its head. */
  title: string;
  size?: 'small' | 'wide' | 'full';
  onClose(): void;
  children: ReactNode;
}

/** A window in Kommo's own modal. It is open as long as it is drawn. */
export function Modal({ title, size = 'small', onClose, children }: Props) {
  const host = useHost();
  const [body, setBody] = useState<HTMLElement | null>(null);
  const closed = useRef(onClose);
  closed.current = onClose;
  useEffect(() => {
    let isGone = false;
    let close = () => {};
    void host
      .openModal(`bookdeal-modal-${size}`, () => !isGone && closed.current())
      .then(opened => {
        close = opened.close;
        if (isGone) {
          close();
        } else {
          setBody(opened.body);
        }
      });
    return () => {
      isGone = true;
      close();
    };
  }, [host, size]);
  return body && createPortal(<Window title={title} body={body} content={children} />, body);
}

function Window({ title, body, content }: { title: string; body: HTMLElement; content: ReactNode }) {
  const theme = useTheme(body);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="bookdeal" data-crm-ui-kit-theme={theme}>
      <div role="dialog" aria-label={title} className="window">
        <h2 ref={heading} tabIndex={-1} className="window-title">
          {title}
        </h2>
        {content}
      </div>
    </div>
  );
}
