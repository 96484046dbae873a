#!/usr/bin/env bash
# Runs one command of pinterest-platform near the source database, prints its output and exits with its status.
# Usage: run_command.sh ENVIRONMENT SUBNET GROUP,GROUP... COMMAND ARGUMENT...
set -euo pipefail
name=pinterest-$1 log=/pinterest/$1/posting subnet=$2 groups=$3
shift 3

json() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    printf '"%s"' "${text//$'\t'/\\t}"
}
words=$(for word in "$@"; do json "$word" && printf ','; done)

task=$(aws ecs run-task --cluster "$name" --task-definition "$name-posting" --launch-type FARGATE \
    --network-configuration "awsvpcConfiguration={assignPublicIp=DISABLED,subnets=[$subnet],securityGroups=[$groups]}" \
    --overrides "{\"containerOverrides\": [{\"name\": \"posting\", \"command\": [${words%,}]}]}" \
    --query 'tasks[0].taskArn' --output text)
if [[ $task == None ]]; then
    echo "$name-posting: ECS did not start a task. \`aws ecs describe-clusters --clusters $name\` may show why" >&2
    exit 1
fi
about() { aws ecs describe-tasks --cluster "$name" --tasks "$task" --query "tasks[0].$1" --output text; }
# A wait gives up after ten minutes.
until aws ecs wait tasks-stopped --cluster "$name" --tasks "$task" || [[ $(about lastStatus) == STOPPED ]]; do
    echo "$task is still running"
done
# The CLI requests all pages of this call, but not of get-log-events.
aws logs filter-log-events --log-group-name "$log" --log-stream-names "posting/posting/${task##*/}" \
    --query 'events[].[message]' --output text || true
status=$(about 'containers[0].exitCode')
if [[ $status == None ]]; then
    echo "The command did not start: $(about stoppedReason)" >&2
    exit 1
fi
exit "$status"
