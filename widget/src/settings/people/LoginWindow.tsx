import type { UserScreen } from '../../api/schema';
import { Modal } from '../../components/Modal';
import { LoginForm } from '../../login/LoginForm';
import { useSay } from '../../texts/texts';
import { useAccess } from './users';

/** Asks for the Altegio login of a user. */
export function LoginWindow({ user, onClose }: { user: UserScreen; onClose(): void }) {
  const say = useSay();
  const { connect } = useAccess(user.id);
  return (
    <Modal title={say('setup.connectPerson', { name: user.name })} onClose={onClose}>
      <p>{say('setup.loginOfPerson')}</p>
      <LoginForm connect={(login, password) => connect(login, password).then(onClose)} />
    </Modal>
  );
}
